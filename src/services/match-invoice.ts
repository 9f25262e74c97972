/** Checks an invoice against its purchase order: what was ordered, at which price, and what of it has come. */
import { Decimal } from 'decimal.js';
import type { DocumentFields, DocumentLine, Problem } from './documents/types.ts';

/** A line of a purchase order, with what is known of it by now. Quantities and prices are decimal text. */
interface OrderLine {
  readonly position: number;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly received: string;
  /** By other invoices that are open or paid. */
  readonly billed: string;
}

export interface PurchaseOrder {
  readonly number: string;
  readonly supplier: string;
  readonly contact: string;
  readonly currency: string;
  readonly needsReceipt: boolean;
  readonly orderedBy: string;
  readonly lines: readonly OrderLine[];
}

/** How much of an order's line an invoice bills. */
export interface Billed {
  readonly position: number;
  readonly quantity: string;
}

/** Prices may be above the order's by this share: suppliers round. */
const priceTolerance = 1.01;

/** What does not fit, if anything, and what the invoice bills. */
export function matchInvoice(
  fields: DocumentFields,
  order: PurchaseOrder,
): { readonly problems: readonly Problem[]; readonly billed: readonly Billed[] } {
  const problems = [...headProblems(fields, order)];
  const billed = new Map<OrderLine, Decimal>();
  let allowed = new Decimal(0);
  if (fields.lines.length === 0) problems.push({ code: 'no-lines', message: 'the invoice has no lines to compare' });
  for (const line of fields.lines) {
    const ordered = lineFor(line, order.lines);
    const quantity = line.quantity === null ? undefined : new Decimal(line.quantity);
    if (ordered === undefined) problems.push(about(line, 'not-ordered', `is not in order ${order.number}`));
    else if (quantity === undefined || quantity.lte(0)) problems.push(about(line, 'no-quantity', 'has no quantity'));
    else {
      billed.set(ordered, quantity.plus(billed.get(ordered) ?? 0));
      allowed = allowed.plus(quantity.times(ordered.unitPrice));
      problems.push(...priceProblems(line, quantity, ordered));
    }
  }
  for (const [line, quantity] of billed) problems.push(...quantityProblems(line, quantity, order.needsReceipt));
  if (problems.length === 0 && new Decimal(fields.netTotal ?? 0).gt(allowed.times(priceTolerance))) {
    const message = `net total ${String(fields.netTotal)}: at the order's prices it is ${allowed.toFixed(2)}`;
    problems.push({ code: 'total-too-high', message, field: 'netTotal' });
  }
  return { problems, billed: [...billed].map(([{ position }, sum]) => ({ position, quantity: sum.toString() })) };
}

/** A name in plain letters, so that spelling and punctuation do not make two suppliers of one. */
export function plainName(name: string): string {
  const letters = name.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return letters
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function headProblems(fields: DocumentFields, order: PurchaseOrder): Problem[] {
  const problems: Problem[] = [];
  if (plainName(fields.seller ?? '') !== plainName(order.supplier)) {
    const message = `order ${order.number} went to ${order.supplier}, not to ${fields.seller ?? 'nobody'}`;
    problems.push({ code: 'other-supplier', message, field: 'seller' });
  }
  if (fields.currency !== order.currency) {
    const message = `order ${order.number} is in ${order.currency}, the invoice in ${fields.currency ?? 'no currency'}`;
    problems.push({ code: 'other-currency', message, field: 'currency' });
  }
  return problems;
}

function lineFor({ description }: DocumentLine, lines: readonly OrderLine[]): OrderLine | undefined {
  const wanted = plainName(description);
  const exact = lines.find((line) => plainName(line.description) === wanted);
  // Invoices write article numbers around what was ordered.
  return exact ?? lines.find((line) => ` ${wanted} `.includes(` ${plainName(line.description)} `));
}

function priceProblems(line: DocumentLine, quantity: Decimal, ordered: OrderLine): Problem[] {
  const price = line.unitPrice ?? (line.netAmount === null ? null : new Decimal(line.netAmount).div(quantity));
  if (price === null) return [about(line, 'no-price', 'has no price')];
  const highest = new Decimal(ordered.unitPrice).times(priceTolerance);
  if (new Decimal(price).lte(highest)) return [];
  return [about(line, 'price-too-high', `costs ${String(price)}, ordered at ${ordered.unitPrice}`)];
}

function quantityProblems(line: OrderLine, quantity: Decimal, needsReceipt: boolean): Problem[] {
  const total = quantity.plus(line.billed);
  const before = new Decimal(line.billed).isZero() ? '' : `, ${line.billed} of it on other invoices`;
  const say = (code: string, what: string): Problem[] => [
    { code, message: `${line.description}: ${total.toString()} billed${before}, ${what}`, field: 'lines' },
  ];
  if (total.gt(line.quantity)) return say('too-many', `${line.quantity} ordered`);
  if (needsReceipt && total.gt(line.received)) return say('not-received', `${line.received} received`);
  return [];
}

function about({ description }: DocumentLine, code: string, what: string): Problem {
  return { code, message: `${description.slice(0, 80)}: ${what}`, field: 'lines' };
}
