/** Compares an embedded e-invoice with what the page shows: the two must be the same invoice. */
import { decimalOf } from './amounts.ts';
import type { DocumentFields, Problem, Section } from './types.ts';

const creditWords = /\b(?:avoir|credit note|nota di credito|rechnungskorrektur|stornorechnung)\b/i;
const ordinaryInvoice = '380';

/** Amounts as digits only, so that separators, which every country writes its own way, do not matter. */
function digitsOf(text: string): string {
  return text.replace(/(?<=\d)[\s.,'’]+(?=\d)/g, '');
}

function showsAmount(digits: string, amount: string): boolean {
  const value = decimalOf(amount)?.abs();
  if (value === undefined) return true;
  const cents = value.toFixed(2).replace('.', '');
  const whole = value.isInteger() ? value.toFixed(0) : cents;
  return [cents, whole].some((form) => new RegExp(`(?<!\\d)${form.replace(/^0+(?=\d)/, '0*')}(?!\\d)`).test(digits));
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
  if (fields.grandTotal !== null && !showsAmount(digitsOf(text), fields.grandTotal)) {
    const message = `the total ${fields.grandTotal} of the e-invoice is not on the page`;
    problems.push({ code: 'differs-from-text', message, field: 'grandTotal' });
  }
  const title = text.slice(0, 1500);
  if (fields.type === ordinaryInvoice && creditWords.test(title)) {
    const message = 'the page says it is a credit note, the e-invoice in it says it is an invoice';
    problems.push({ code: 'type-mismatch', message, field: 'type' });
  }
  return problems;
}
