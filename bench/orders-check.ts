/** The orders of the bench, and what stock, books, payment service and carrier must say when all of them have ended. */
import { sql } from 'kysely';
import { summaryOf } from '../src/runs/summary.ts';
import type { Database } from '../src/services/database.ts';
import type { Order } from '../src/services/order-store.ts';
import type { OrderResult } from '../src/workflows/order-fulfilment.ts';
import { inLanes } from './ingestion-check.ts';
import type { System } from './ingestion-system.ts';

/** What came of the orders, and what is wrong: nothing, if all is well. */
export interface Audit {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly unitsSold: number;
  readonly unitsLeft: number;
  readonly cents: number;
  readonly faults: readonly string[];
}

const sku = 'BENCH-SCARCE';
const unitCents = 1_999;

/** Puts on sale what is enough for half of the orders whose cards are good, in three warehouses. */
export async function makeScarce(db: Database, orders: number): Promise<void> {
  await db.insertInto('products').values({ sku, name: 'Scarce', price_cents: unitCents, weight_grams: 100 }).execute();
  const lots = ['turin', 'lyon', 'graz'].map((warehouse) => ({ warehouse, sku, quantity: Math.ceil(orders / 3) }));
  await db
    .insertInto('stock')
    .values(lots.map(({ quantity, ...lot }) => ({ ...lot, on_hand: quantity })))
    .execute();
  await db
    .insertInto('stock_moves')
    .values(lots.map((lot) => ({ ...lot, key: 'opening', reason: 'opening' as const })))
    .execute();
}

/** One to five units; every third card is declined. */
export function orderNumber(index: number): Order {
  return {
    customer: `Customer ${String(index)}`,
    email: `customer-${String(index)}@example.com`,
    lines: [{ sku, quantity: 1 + (index % 5) }],
    card: index % 3 === 0 ? 'tok_declined' : 'tok_visa',
    address: { name: 'Maria Rossi', street: 'Via Po 12', postcode: '10124', city: 'Torino', country: 'IT' },
  };
}

/** Holds what the runs say against the database. */
export async function checkOrders(system: System, ids: readonly string[]): Promise<Audit> {
  const ends = await inLanes(ids, async (id) => {
    const handle = system.runs.client.workflow.getHandle(id);
    const { state } = summaryOf(await handle.describe());
    return state === 'completed' ? ((await handle.result()) as OrderResult).status : state;
  });
  const outcomes: Record<string, number> = {};
  for (const end of ends) outcomes[end] = (outcomes[end] ?? 0) + 1;
  const books = await readBooks(system.db);
  const faults = faultsIn(books, outcomes, ids.length);
  return { outcomes, unitsSold: books.sold, unitsLeft: books.onHand, cents: books.clearing, faults };
}

async function readBooks(db: Database) {
  const { rows } = await sql<{
    onHand: number;
    reserved: number;
    negative: number;
    opening: number;
    moved: number;
    sold: number;
    parcels: number;
    clearing: string;
    prepayments: string;
    sales: string;
    charged: string;
    kept: string;
    pending: number;
    open: number;
    shipped: number;
  }>`with shipped as (select number, total_cents from orders where status = 'shipped')
    select
      (select sum(on_hand)::int from stock where sku = ${sku}) as "onHand",
      (select sum(reserved)::int from stock where sku = ${sku}) as "reserved",
      (select count(*)::int from stock where on_hand < 0) as "negative",
      (select sum(quantity)::int from stock_moves where sku = ${sku} and reason = 'opening') as "opening",
      (select sum(quantity)::int from stock_moves where sku = ${sku}) as "moved",
      (select coalesce(sum(quantity), 0)::int from order_lines where order_number in (select number from shipped)) as "sold",
      (select count(*)::int from (select distinct order_number, warehouse from reservations where status = 'shipped') as each)
        - (select count(*)::int from vendor_state where vendor = 'carrier' and not cancelled) as "parcels",
      (select coalesce(sum(case when debit = 'clearing' then amount_cents when credit = 'clearing' then -amount_cents else 0 end), 0) from ledger) as "clearing",
      (select coalesce(sum(case when debit = 'prepayments' then amount_cents when credit = 'prepayments' then -amount_cents else 0 end), 0) from ledger) as "prepayments",
      (select coalesce(sum(amount_cents), 0) from ledger where credit = 'sales') as "sales",
      (select coalesce(sum(total_cents), 0) from shipped) as "charged",
      (select coalesce(sum(captured_cents - refunded_cents), 0) from vendor_payments) as "kept",
      (select count(*)::int from vendor_payments where not voided and captured_cents = 0) as "pending",
      (select count(*)::int from orders where status = 'open') as "open",
      (select count(*)::int from shipped) as "shipped"
  `.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the database gave no answer');
  const { clearing, prepayments, sales, charged, kept, ...counts } = row;
  return {
    ...counts,
    clearing: Number(clearing),
    prepayments: Number(prepayments),
    sales: Number(sales),
    charged: Number(charged),
    kept: Number(kept),
  };
}

function faultsIn(
  books: Awaited<ReturnType<typeof readBooks>>,
  outcomes: Readonly<Record<string, number>>,
  count: number,
): string[] {
  const { shipped = 0, refused = 0 } = outcomes;
  const same = (what: string, left: number, right: number): string[] =>
    left === right ? [] : [`${what}: ${String(left)} is not ${String(right)}`];
  return [
    ...same('orders that ended as they may, and orders', shipped + refused, count),
    ...same('orders left open', books.open, 0),
    ...same('orders that were shipped by their runs and by the database', shipped, books.shipped),
    ...same('units that were there, and units left and sold', books.opening, books.onHand + books.sold),
    ...same('units on hand, and the sum of all moves', books.onHand, books.moved),
    ...same('units still reserved', books.reserved, 0),
    ...same('warehouses with less than nothing', books.negative, 0),
    ...same('parcels too few or too many', books.parcels, 0),
    ...same('cents that the payment service keeps, and those of orders shipped', books.kept, books.charged),
    ...same('cents in clearing, and those the payment service keeps', books.clearing, books.kept),
    ...same('cents in sales, and those of orders shipped', books.sales, books.charged),
    ...same('cents left as prepayments', books.prepayments, 0),
    ...same('authorizations left pending', books.pending, 0),
  ];
}
