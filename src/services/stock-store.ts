/** Stock in warehouses: what is on hand, what of it is reserved, and every move. No unit is promised twice. */
import { sql } from 'kysely';
import { allocateStock, type Allocation, type Goods, type Lot } from './allocate-stock.ts';
import type { Database } from './database.ts';
import { once, undo, type Trx } from './effects.ts';

/** Reserves the goods of an order, all or nothing, over as many warehouses as it takes; once for each key. */
export function reserveGoods(
  db: Database,
  key: string,
  order: { readonly number: string; readonly lines: readonly Goods[] },
): Promise<Allocation> {
  return once(db, key, async (trx) => {
    const allocation = allocateStock(order.lines, await lockFree(trx, order.lines));
    if (allocation.status === 'short') return allocation;
    await changeReserved(trx, allocation.lots, 1);
    await trx
      .insertInto('reservations')
      .values(allocation.lots.map((lot) => ({ ...lot, key, order_number: order.number, status: 'held' as const })))
      .execute();
    return allocation;
  });
}

/** Undoes {@link reserveGoods}; fine if it never happened, and then it never will. */
export function releaseGoods(db: Database, key: string): Promise<void> {
  return undo(db, key, async (trx, done) => {
    const allocation = done as Allocation;
    if (allocation.status === 'short') return;
    await lockStock(trx, allocation.lots);
    await changeReserved(trx, allocation.lots, -1);
    await trx.updateTable('reservations').set({ status: 'released' }).where('key', '=', key).execute();
  });
}

/** Takes what an order has reserved out of the warehouses. */
export async function issueGoods(trx: Trx, key: string, number: string): Promise<void> {
  const lots = await trx
    .selectFrom('reservations')
    .select(['warehouse', 'sku', 'quantity'])
    .where('order_number', '=', number)
    .where('status', '=', 'held')
    .execute();
  if (lots.length === 0) return;
  await lockStock(trx, lots);
  for (const { warehouse, sku, quantity } of lots) {
    await trx
      .updateTable('stock')
      .set({ on_hand: sql`on_hand - ${quantity}`, reserved: sql`reserved - ${quantity}` })
      .where('warehouse', '=', warehouse)
      .where('sku', '=', sku)
      .execute();
  }
  const moves = lots.map((lot) => ({ ...lot, quantity: -lot.quantity, key, reason: 'order' as const }));
  await trx.insertInto('stock_moves').values(moves).execute();
  await trx
    .updateTable('reservations')
    .set({ status: 'shipped' })
    .where('order_number', '=', number)
    .where('status', '=', 'held')
    .execute();
}

/** Puts goods that arrived into a warehouse. */
export async function receiveGoods(trx: Trx, key: string, lot: Lot): Promise<void> {
  await trx
    .insertInto('stock')
    .values({ warehouse: lot.warehouse, sku: lot.sku, on_hand: lot.quantity })
    .onConflict((conflict) =>
      conflict.columns(['sku', 'warehouse']).doUpdateSet({ on_hand: sql`stock.on_hand + ${lot.quantity}` }),
    )
    .execute();
  await trx
    .insertInto('stock_moves')
    .values({ ...lot, key, reason: 'receipt' })
    .execute();
}

/** Always in the same order, so that two orders for the same goods wait for each other instead of blocking each other. */
async function lockStock(trx: Trx, goods: readonly { readonly sku: string }[]) {
  const skus = [...new Set(goods.map(({ sku }) => sku))];
  return trx
    .selectFrom('stock')
    .selectAll()
    .where('sku', 'in', skus)
    .orderBy('sku')
    .orderBy('warehouse')
    .forUpdate()
    .execute();
}

async function lockFree(trx: Trx, lines: readonly Goods[]): Promise<Lot[]> {
  const rows = await lockStock(trx, lines);
  return rows.map(({ warehouse, sku, on_hand, reserved }) => ({ warehouse, sku, quantity: on_hand - reserved }));
}

async function changeReserved(trx: Trx, lots: readonly Lot[], sign: 1 | -1): Promise<void> {
  for (const { warehouse, sku, quantity } of lots) {
    await trx
      .updateTable('stock')
      .set({ reserved: sql`reserved + ${sign * quantity}` })
      .where('warehouse', '=', warehouse)
      .where('sku', '=', sku)
      .execute();
  }
}
