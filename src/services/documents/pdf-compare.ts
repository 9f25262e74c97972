/** Compares an embedded e-invoice with what the page shows: the two must be the same invoice. */
import { decimalOf } from './amounts.ts';
import type { DocumentFields, Problem, Section } from './types.ts';

/** As a title: “avoir” within a sentence is a verb. */
const creditTitle = /^(?:facture d['’]avoir|avoir|credit note|nota di credito|rechnungskorrektur|stornorechnung)\b/im;
const ordinaryInvoice = '380';

/** Thousands and decimal separators differ from country to country; a space may be one, or only stand between columns. */
function digitForms(text: string): readonly string[] {
  const plain = text.replace(/(?<=\d)[.,'’](?=\d)/g, '');
  return [plain, plain.replace(/(?<=\d) (?=\d{3})/g, '')];
}

function showsAmount(text: string, amount: string): boolean {
  const value = decimalOf(amount)?.abs();
  if (value === undefined) return true;
  const cents = value.toFixed(2).replace('.', '');
  const wanted = value.isInteger() ? `(?:${cents}|${value.toFixed(0)})` : cents;
  const pattern = new RegExp(`(?<!\\d)${wanted}(?!\\d)`);
  return digitForms(text).some((form) => pattern.test(form));
}

/**
 * Problems where the visible text contradicts the data. Pages with little text show nothing either way, and letters may
 * come out wrong, so only the number, the total and a title that says the opposite are compared.
 */
export function compareWithText(fields: DocumentFields, sections: readonly Section[]): Problem[] {
  const text = sections.map((section) => section.text).join('\n');
  if (text.length < 200) return [];
  const problems: Problem[] = [];
  const squeezed = text.replace(/\s+/g, '').toLowerCase();
  if (fields.number !== null && !squeezed.includes(fields.number.replace(/\s+/g, '').toLowerCase())) {
    const message = `the number ${fields.number.slice(0, 60)} of the e-invoice is not on the page`;
    problems.push({ code: 'differs-from-text', message, field: 'number' });
  }
  if (fields.grandTotal !== null && !showsAmount(text, fields.grandTotal)) {
    const message = `the total ${fields.grandTotal} of the e-invoice is not on the page`;
    problems.push({ code: 'differs-from-text', message, field: 'grandTotal' });
  }
  const title = text.slice(0, 1500);
  if (fields.type === ordinaryInvoice && creditTitle.test(title)) {
    const message = 'the page says it is a credit note, the e-invoice in it says it is an invoice';
    problems.push({ code: 'type-mismatch', message, field: 'type' });
  }
  return problems;
}
