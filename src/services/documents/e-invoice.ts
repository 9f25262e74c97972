/** An e-invoice as the readers of UBL, CII and FatturaPA return it, and what is checked for all of them. */
import type { Decimal } from 'decimal.js';
import { amountText, quantityText, type ValueReader } from './amounts.ts';
import { checkFigures, type InvoiceFigures } from './invoice-totals.ts';
import type { DocumentFields, DocumentLine, Problem } from './types.ts';
import type { XmlElement } from './xml.ts';

/** The fields an e-invoice carries as data, and what was wrong with them. */
export interface EInvoice {
  readonly fields: DocumentFields;
  readonly problems: readonly Problem[];
}

/** One line with what its arithmetic needs. */
export interface EInvoiceLine {
  readonly line: DocumentLine;
  readonly quantity: Decimal | null;
  readonly unitPrice: Decimal | null;
  readonly adjustment: Decimal;
  readonly net: Decimal | null;
}

/** What a reader found, before the checks. */
export interface EInvoiceParts {
  readonly header: Omit<DocumentFields, 'lines' | 'netTotal' | 'taxTotal' | 'grandTotal' | 'amountDue'>;
  readonly lines: readonly EInvoiceLine[];
  readonly figures: Omit<InvoiceFigures, 'lines'>;
  readonly values: ValueReader;
  /** Whether the profile that the document declares requires lines. */
  readonly needsLines: boolean;
}

const maxLines = 1000;
/** Its prices are without insurance tax, its line amounts with it, and the tax is none that the totals know. */
const insurersInvoice = '575';

/** Puts a line together; the reader says which elements its parts come from. */
export function lineOf(parts: {
  readonly description: string | null;
  readonly quantity: Decimal | null;
  readonly unit: string | null;
  readonly unitPrice: Decimal | null;
  readonly adjustment: Decimal;
  readonly net: Decimal | null;
  readonly taxRate: Decimal | null;
}): EInvoiceLine {
  const { quantity, unitPrice, adjustment, net } = parts;
  return {
    line: {
      description: parts.description ?? '',
      quantity: quantity && quantityText(quantity),
      unit: parts.unit,
      unitPrice: unitPrice && amountText(unitPrice),
      netAmount: net && amountText(net),
      taxRate: parts.taxRate && quantityText(parts.taxRate),
    },
    quantity,
    unitPrice,
    adjustment,
    net,
  };
}

function oneLine(name: string | null): string | null {
  return name && name.replace(/\s+/g, ' ');
}

/** Completes the fields and adds what does not add up. */
export function toEInvoice(parts: EInvoiceParts): EInvoice {
  const { figures, lines, values } = parts;
  const problems: Problem[] = [
    ...values.problems,
    ...checkFigures({ ...figures, lines, linesMultiply: parts.header.type !== insurersInvoice }),
  ];
  if (lines.length > maxLines) {
    const message = `the document has ${String(lines.length)} lines; the first ${String(maxLines)} are kept`;
    problems.push({ code: 'too-many-lines', message, field: 'lines' });
  }
  if (lines.length === 0 && parts.needsLines) {
    problems.push({
      code: 'no-lines',
      message: 'the document has no lines, but its profile needs them',
      field: 'lines',
    });
  }
  const text = (value: Decimal | null) => value && amountText(value);
  const fields: DocumentFields = {
    ...parts.header,
    seller: oneLine(parts.header.seller),
    buyer: oneLine(parts.header.buyer),
    netTotal: text(figures.net),
    taxTotal: text(figures.tax),
    grandTotal: text(figures.grand),
    amountDue: text(figures.due),
    lines: lines.slice(0, maxLines).map(({ line }) => line),
  };
  return { fields, problems };
}

/** Elements of a vocabulary that the format does not know: nobody can say what they mean. */
export function foreignElements(root: XmlElement, known: RegExp, skip: string): Problem[] {
  const stack: XmlElement[] = [root];
  for (let element = stack.pop(); element !== undefined; element = stack.pop()) {
    if (element.name === skip) continue;
    if (!known.test(element.namespace)) {
      const message = `the element “${element.name.slice(0, 60)}” is not part of this kind of e-invoice`;
      return [{ code: 'unknown-element', message }];
    }
    stack.push(...element.children);
  }
  return [];
}
