/** What we order from suppliers, how much there is and will be asked for, and goods that arrive. */
import { sql } from 'kysely';
import type { Lot } from './allocate-stock.ts';
import type { Database } from './database.ts';
import { once, undo } from './effects.ts';
import { smoothed } from './forecast.ts';
import { book } from './ledger.ts';
import { receiveGoods } from './stock-store.ts';

/** How an article stands. */
export interface Outlook {
  /** In all warehouses, without what is reserved. */
  readonly available: number;
  /** Ordered from suppliers and not here yet. */
  readonly onOrder: number;
  /** Units a day that will probably be asked for, to a hundredth. */
  readonly dailyDemand: number;
}

/** An order that a supplier has accepted. */
export interface Supply {
  readonly supplierOrder: string;
  readonly lot: Lot;
  readonly unitCents: number;
  readonly totalCents: number;
}

/** Days of sales that the forecast looks at, and how fast it forgets them. */
const history = { days: 60, alpha: 0.3 };

/** The outlook of an article at a moment, from stock, open orders and the sales of each day before. */
export async function outlookOf(db: Database, sku: string, at: Date): Promise<Outlook> {
  const { rows } = await sql<{ available: number; onOrder: number }>`
    select
      (select coalesce(sum(on_hand - reserved), 0)::int from stock where sku = ${sku}) as "available",
      (select coalesce(sum(quantity), 0)::int from supply_orders where sku = ${sku} and status = 'ordered') as "onOrder"
  `.execute(db);
  const stock = rows[0] ?? { available: 0, onOrder: 0 };
  const sales = await dailySales(db, sku, at);
  return { ...stock, dailyDemand: Math.round(smoothed(sales, history.alpha) * 100) / 100 };
}

/** Units sold on each whole day (UTC) before `at`, the oldest first, from the day of the first sale. */
async function dailySales(db: Database, sku: string, at: Date): Promise<number[]> {
  const { rows } = await sql<{ units: number }>`
    with sold as (
      select (moved_at at time zone 'UTC')::date as day, -sum(quantity)::int as units from stock_moves
      where sku = ${sku} and reason = 'order' group by 1
    ), today as (select (${at.toISOString()}::timestamptz at time zone 'UTC')::date as day)
    select coalesce(sold.units, 0) as units
    from today, generate_series(
      greatest(today.day - ${history.days}::int, (select min(day) from sold)), today.day - 1, interval '1 day') as each (day)
    left join sold on sold.day = each.day::date
    order by each.day
  `.execute(db);
  return rows.map(({ units }) => units);
}

/** The article is sold by us, and the warehouse is ours. */
export async function knows(
  db: Database,
  sku: string,
  warehouse: string,
): Promise<{ sku: boolean; warehouse: boolean }> {
  const product = await db.selectFrom('products').select('sku').where('sku', '=', sku).executeTakeFirst();
  const house = await db.selectFrom('warehouses').select('id').where('id', '=', warehouse).executeTakeFirst();
  return { sku: product !== undefined, warehouse: house !== undefined };
}

/** Notes an order that a supplier has accepted; once for each key. */
export function insertSupply(db: Database, key: string, supply: Supply): Promise<null> {
  const { supplierOrder, lot, unitCents, totalCents } = supply;
  return once(db, key, async (trx) => {
    await trx
      .insertInto('supply_orders')
      .values({
        ...lot,
        key,
        supplier_order: supplierOrder,
        unit_cents: unitCents,
        total_cents: totalCents,
        status: 'ordered',
      })
      .execute();
    return null;
  });
}

/** Undoes {@link insertSupply}; fine if it never happened, and then it never will. */
export function cancelSupply(db: Database, key: string): Promise<void> {
  return undo(db, key, (trx) =>
    trx.updateTable('supply_orders').set({ status: 'cancelled' }).where('key', '=', key).execute(),
  );
}

/** Puts the goods of an order into its warehouse and books what we owe for them; once for each order. */
export function receiveSupply(db: Database, key: string): Promise<null> {
  return once(db, `${key}/goods`, async (trx) => {
    const supply = await trx.selectFrom('supply_orders').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
    const { warehouse, sku, quantity } = supply;
    await receiveGoods(trx, key, { warehouse, sku, quantity });
    const amountCents = Number(supply.total_cents);
    await book(trx, { key, reference: key, debit: 'goods', credit: 'payables', amountCents, currency: 'EUR' });
    await trx.updateTable('supply_orders').set({ status: 'received' }).where('key', '=', key).execute();
    return null;
  });
}
