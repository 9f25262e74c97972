/** Purchase orders and goods receipts. An empty table gets the sample orders, so that the sample invoices match. */
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.ts';
import type { Trx } from './effects.ts';
import type { PurchaseOrder } from './match-invoice.ts';

const decimal = z.string().regex(/^\d+(\.\d+)?$/);
const sampleSchema = z.object({
  orders: z.array(
    z.object({
      number: z.string(),
      supplier: z.string(),
      contact: z.email(),
      currency: z.string(),
      needsReceipt: z.boolean(),
      orderedBy: z.string(),
      lines: z.array(z.object({ description: z.string(), quantity: decimal, unitPrice: decimal })),
      receipts: z
        .array(
          z.object({
            id: z.string(),
            line: z.int(),
            quantity: decimal,
            receivedBy: z.string(),
            receivedOn: z.iso.date(),
          }),
        )
        .default([]),
    }),
  ),
});

type SampleOrder = z.infer<typeof sampleSchema>['orders'][number];

const samples = new URL('../../samples/purchasing/purchase-orders.json', import.meta.url);

/** Puts the sample orders into an empty table; once, however many workers ask. */
export async function seedOrders(db: Database): Promise<void> {
  const { orders } = sampleSchema.parse(JSON.parse(await readFile(samples, 'utf8')));
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('purchase orders', 0))`.execute(trx);
    const known = await trx.selectFrom('purchase_orders').select('number').limit(1).executeTakeFirst();
    if (known === undefined) for (const order of orders) await insertOrder(trx, order);
  });
}

async function insertOrder(trx: Trx, order: SampleOrder): Promise<void> {
  const { number, supplier, contact, currency, needsReceipt, orderedBy } = order;
  await trx
    .insertInto('purchase_orders')
    .values({ number, supplier, contact, currency, needs_receipt: needsReceipt, ordered_by: orderedBy })
    .execute();
  const lines = order.lines.map(({ description, quantity, unitPrice }, index) => ({
    order_number: number,
    position: index + 1,
    description,
    quantity,
    unit_price: unitPrice,
  }));
  await trx.insertInto('purchase_order_lines').values(lines).execute();
  const receipts = order.receipts.map(({ id, line, quantity, receivedBy, receivedOn }) => ({
    id,
    order_number: number,
    position: line,
    quantity,
    received_by: receivedBy,
    received_on: receivedOn,
  }));
  if (receipts.length > 0) await trx.insertInto('goods_receipts').values(receipts).execute();
}

/**
 * The order with what has been received and what invoices other than `invoiceId` have billed; locked until the
 * transaction ends, so that two invoices cannot bill the same goods. `undefined` if there is no such order.
 */
export async function lockOrder(trx: Trx, number: string, invoiceId: string): Promise<PurchaseOrder | undefined> {
  const order = await trx
    .selectFrom('purchase_orders')
    .selectAll()
    .where('number', '=', number)
    .forUpdate()
    .executeTakeFirst();
  if (order === undefined) return undefined;
  const lines = await trx
    .selectFrom('purchase_order_lines as line')
    .select(['position', 'description', 'quantity', 'unit_price'])
    .select((of) => [
      of
        .selectFrom('goods_receipts as receipt')
        .select(sql<string>`coalesce(sum(receipt.quantity), 0)`.as('sum'))
        .whereRef('receipt.order_number', '=', 'line.order_number')
        .whereRef('receipt.position', '=', 'line.position')
        .as('received'),
      of
        .selectFrom('invoice_lines as billed')
        .innerJoin('invoices', 'invoices.id', 'billed.invoice_id')
        .select(sql<string>`coalesce(sum(billed.quantity), 0)`.as('sum'))
        .whereRef('billed.order_number', '=', 'line.order_number')
        .whereRef('billed.position', '=', 'line.position')
        .where('invoices.status', 'in', ['open', 'paid'])
        .where('invoices.id', '!=', invoiceId)
        .as('billed'),
    ])
    .where('line.order_number', '=', number)
    .orderBy('position')
    .execute();
  return {
    number,
    supplier: order.supplier,
    contact: order.contact,
    currency: order.currency,
    needsReceipt: order.needs_receipt,
    orderedBy: order.ordered_by,
    lines: lines.map(({ position, description, quantity, unit_price, received, billed }) => ({
      position,
      description,
      quantity,
      unitPrice: unit_price,
      received: received ?? '0',
      billed: billed ?? '0',
    })),
  };
}
