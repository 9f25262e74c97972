/** Goods and orders of a test's own, and what must hold of stock and books whatever happened. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Order } from '../../src/services/order-store.ts';
import type { Database } from '../../src/services/database.ts';

/** Puts a new article on sale, with so many units in each warehouse; gives its number. */
export async function stockUp(
  db: Database,
  units: Readonly<Record<string, number>>,
  priceCents = 1_250,
): Promise<string> {
  const sku = `TEST-${randomUUID().slice(0, 13).toUpperCase()}`;
  await db
    .insertInto('products')
    .values({ sku, name: `Article ${sku}`, price_cents: priceCents, weight_grams: 500 })
    .execute();
  const lots = Object.entries(units).map(([warehouse, quantity]) => ({ warehouse, sku, quantity }));
  await db
    .insertInto('stock')
    .values(lots.map(({ quantity, ...lot }) => ({ ...lot, on_hand: quantity })))
    .execute();
  const moves = lots
    .filter(({ quantity }) => quantity > 0)
    .map((lot) => ({ ...lot, key: 'opening', reason: 'opening' as const }));
  if (moves.length > 0) await db.insertInto('stock_moves').values(moves).execute();
  return sku;
}

/** An order for one article. */
export function orderFor(sku: string, quantity: number, changes: Partial<Order> = {}): Order {
  return {
    customer: 'Maria Rossi',
    email: 'maria.rossi@example.com',
    lines: [{ sku, quantity }],
    card: 'tok_visa',
    address: { name: 'Maria Rossi', street: 'Via Po 12', postcode: '10124', city: 'Torino', country: 'IT' },
    ...changes,
  };
}

/** What is there of an article, over all warehouses; `moved` and `held` are what `onHand` and `reserved` must be. */
export async function stockOf(db: Database, sku: string) {
  const { rows } = await sql<{ onHand: number; reserved: number; moved: number; held: number }>`
    select
      (select sum(on_hand)::int from stock where sku = ${sku}) as "onHand",
      (select sum(reserved)::int from stock where sku = ${sku}) as "reserved",
      (select coalesce(sum(quantity), 0)::int from stock_moves where sku = ${sku}) as "moved",
      (select coalesce(sum(quantity), 0)::int from reservations where sku = ${sku} and status = 'held') as "held"
  `.execute(db);
  return rows[0]!;
}

/** The order that a run has placed, its balance on each account, and what the payment service holds of it. */
export async function booksOf(db: Database, workflowId: string) {
  const order = await db
    .selectFrom('orders')
    .selectAll()
    .where('key', 'like', `${workflowId}/place%`)
    .executeTakeFirst();
  const rows = order ? await db.selectFrom('ledger').selectAll().where('reference', '=', order.number).execute() : [];
  const balances: Record<string, number> = {};
  for (const { debit, credit, amount_cents } of rows) {
    balances[debit] = (balances[debit] ?? 0) + Number(amount_cents);
    balances[credit] = (balances[credit] ?? 0) - Number(amount_cents);
  }
  const payments = await db.selectFrom('vendor_payments').selectAll().where('key', 'like', `${workflowId}/%`).execute();
  const kept = payments.reduce((sum, each) => sum + Number(each.captured_cents) - Number(each.refunded_cents), 0);
  const pending = payments.filter((each) => !each.voided && Number(each.captured_cents) === 0).length;
  const parcels = await db
    .selectFrom('vendor_state')
    .select('cancelled')
    .where('vendor', '=', 'carrier')
    .where('key', 'like', `${workflowId}/%`)
    .execute();
  return { order, balances, kept, pending, parcels: parcels.filter(({ cancelled }) => !cancelled).length };
}
