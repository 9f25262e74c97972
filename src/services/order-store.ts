/** Orders as rows, with their lines, and their bookings. */
import type { Database } from './database.ts';
import { once, undo, type Trx } from './effects.ts';
import { book, type Booking } from './ledger.ts';
import { issueGoods } from './stock-store.ts';

/** Where a parcel goes. */
interface Address {
  readonly name: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  /** Two letters. */
  readonly country: string;
}

/** What a customer orders. */
export interface Order {
  readonly customer: string;
  readonly email: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  /** Token of the card, from the payment service. */
  readonly card: string;
  readonly address: Address;
}

/** A line with what it costs and weighs. */
interface PricedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitCents: number;
  readonly unitGrams: number;
}

/** What an order costs, at the prices of the moment it was checked. */
export interface Offer {
  readonly lines: readonly PricedLine[];
  readonly totalCents: number;
  readonly currency: string;
}

/** Prices are in one currency. */
const currency = 'EUR';

/** Prices the lines of an order; `unknown` are the article numbers that we do not sell. */
export async function priceLines(
  db: Database,
  lines: Order['lines'],
): Promise<{ readonly offer: Offer; readonly unknown: readonly string[] }> {
  const skus = lines.map(({ sku }) => sku);
  const products = await db.selectFrom('products').selectAll().where('sku', 'in', skus).execute();
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const priced = lines.flatMap(({ sku, quantity }) => {
    const product = bySku.get(sku);
    return product ? [{ sku, quantity, unitCents: product.price_cents, unitGrams: product.weight_grams }] : [];
  });
  const totalCents = priced.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
  return { offer: { lines: priced, totalCents, currency }, unknown: skus.filter((sku) => !bySku.has(sku)) };
}

/** Writes an order down and gives it its number; once for each key. */
export function insertOrder(
  db: Database,
  key: string,
  order: Order,
  offer: Offer,
): Promise<{ readonly number: string }> {
  return once(db, key, async (trx) => {
    const { customer, email } = order;
    const { number } = await trx
      .insertInto('orders')
      .values({ key, customer, email, currency: offer.currency, total_cents: offer.totalCents, status: 'open' })
      .returning('number')
      .executeTakeFirstOrThrow();
    const lines = offer.lines.map(({ sku, quantity, unitCents }) => ({
      order_number: number,
      sku,
      quantity,
      unit_cents: unitCents,
    }));
    await trx.insertInto('order_lines').values(lines).execute();
    return { number };
  });
}

/** Undoes {@link insertOrder}: the order stays on record as cancelled, because the customer may know its number. */
export function cancelOrder(db: Database, key: string): Promise<void> {
  return undo(db, key, (trx) =>
    trx
      .updateTable('orders')
      .set({ status: 'cancelled' })
      .where('key', '=', key)
      .where('status', '=', 'open')
      .execute(),
  );
}

/** Says why an order that was taken back will not be delivered. */
export async function refuseOrder(db: Database, number: string, reason: string): Promise<void> {
  await db.updateTable('orders').set({ status: 'refused', reason }).where('number', '=', number).execute();
}

/** Books money that the payment service has taken for an order; once for each key. */
export function bookCapture(db: Database, key: string, payment: PaidFor): Promise<null> {
  return once(db, key, async (trx) => {
    await book(trx, { ...bookingOf(key, payment), debit: 'clearing', credit: 'prepayments' });
    return null;
  });
}

/** What was paid for. */
export interface PaidFor {
  readonly number: string;
  readonly amountCents: number;
  readonly currency: string;
}

/** Undoes {@link bookCapture}; fine if it never happened, and then it never will. */
export function bookRefund(db: Database, key: string, payment: PaidFor): Promise<void> {
  return undo(db, key, (trx) =>
    book(trx, { ...bookingOf(`${key}/refund`, payment), debit: 'prepayments', credit: 'clearing' }),
  );
}

/** Ends an order that the carrier has taken: goods leave the books, prepaid money becomes sales; once for each key. */
export function closeOrder(db: Database, key: string, paid: PaidFor, tracking: readonly string[]): Promise<null> {
  return once(db, key, async (trx) => {
    await issueGoods(trx, key, paid.number);
    await book(trx, { ...bookingOf(key, paid), debit: 'prepayments', credit: 'sales' });
    await markShipped(trx, paid.number, tracking);
    return null;
  });
}

async function markShipped(trx: Trx, number: string, tracking: readonly string[]): Promise<void> {
  await trx
    .updateTable('orders')
    .set({ status: 'shipped', tracking: tracking.join(', ') })
    .where('number', '=', number)
    .execute();
}

function bookingOf(key: string, { number, amountCents, currency: of }: PaidFor): Omit<Booking, 'debit' | 'credit'> {
  return { key, reference: number, amountCents, currency: of };
}
