/** Invoices and purchase orders for tests: stored documents without their files, each with numbers of its own. */
import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../src/services/database.ts';
import type { DocumentFields } from '../../src/services/documents/types.ts';

export interface TestOrder {
  readonly number: string;
  readonly supplier: string;
}

export interface OrderOptions {
  readonly quantity?: string;
  readonly unitPrice?: string;
  /** How much has come; given, the order is paid only for that. */
  readonly received?: string;
}

/** An order of 10 pieces at 50.00. */
export async function placeOrder(db: Database, options: OrderOptions = {}): Promise<TestOrder> {
  const number = `PO-${randomUUID().slice(0, 8)}`;
  const supplier = `Supplier ${number}`;
  await db
    .insertInto('purchase_orders')
    .values({
      number,
      supplier,
      contact: `${number.toLowerCase()}@supplier.example`,
      currency: 'EUR',
      needs_receipt: options.received !== undefined,
      ordered_by: 'joan',
    })
    .execute();
  await db
    .insertInto('purchase_order_lines')
    .values({
      order_number: number,
      position: 1,
      description: 'Paper, white',
      quantity: options.quantity ?? '10',
      unit_price: options.unitPrice ?? '50.00',
    })
    .execute();
  if (options.received !== undefined) await receive(db, number, options.received);
  return { number, supplier };
}

/** Books that so many pieces have come. */
export async function receive(db: Database, order: string, quantity: string): Promise<void> {
  const receipt = { id: randomUUID(), order_number: order, position: 1, quantity };
  await db
    .insertInto('goods_receipts')
    .values({ ...receipt, received_by: 'hedy', received_on: '2026-11-02' })
    .execute();
}

export interface InvoiceOptions {
  readonly quantity?: string;
  readonly unitPrice?: string;
  readonly confidence?: number;
  readonly number?: string;
  /** What the invoice names as its order. @default the order's number */
  readonly orderReference?: string | null;
  readonly kind?: 'invoice' | 'creditNote' | 'letter';
  readonly grandTotal?: string;
}

/** The fields of an invoice over pieces of the order, without tax. */
export function fieldsOf(order: TestOrder, options: InvoiceOptions = {}): DocumentFields {
  const { quantity = '10', unitPrice = '50.00' } = options;
  const total = options.grandTotal ?? (Number(quantity) * Number(unitPrice)).toFixed(2);
  return {
    type: '380',
    number: options.number ?? `R-${order.number}`,
    issueDate: '2026-11-03',
    dueDate: null,
    seller: order.supplier,
    buyer: 'Fermata GmbH',
    sellerTaxId: null,
    buyerTaxId: null,
    orderReference: options.orderReference === undefined ? order.number : options.orderReference,
    currency: 'EUR',
    netTotal: total,
    taxTotal: '0.00',
    grandTotal: total,
    amountDue: total,
    lines: [{ description: 'Paper, white', quantity, unit: null, unitPrice, netAmount: total, taxRate: '0' }],
  };
}

/** Stores the document of an invoice and returns its id. */
export async function storeInvoice(db: Database, order: TestOrder, options: InvoiceOptions = {}): Promise<string> {
  const fields = fieldsOf(order, options);
  const { id } = await db
    .insertInto('documents')
    .values({
      hash: createHash('sha256').update(randomUUID()).digest('hex'),
      name: `${String(fields.number)}.xml`,
      size: 1_000,
      status: 'stored',
      kind: options.kind ?? 'invoice',
      format: 'ubl',
      confidence: options.confidence ?? 0.98,
      number: fields.number,
      issue_date: fields.issueDate,
      seller: fields.seller,
      buyer: fields.buyer,
      currency: fields.currency,
      tax_total: fields.taxTotal,
      grand_total: fields.grandTotal,
      amount_due: fields.amountDue,
      fields: sql`${JSON.stringify(fields)}::jsonb`,
      problems: sql`'[]'::jsonb`,
      mentions: sql`'{}'::jsonb`,
      reviewed_by: null,
      reason: null,
      run_id: 'test',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
