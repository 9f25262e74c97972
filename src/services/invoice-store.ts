/** Invoices as rows: one for each claim of an invoice number, and what of its order it bills. */
import { sql } from 'kysely';
import { failure } from '../failures.ts';
import type { Database } from './database.ts';
import type { DocumentFields, Problem } from './documents/types.ts';
import { once, undo } from './effects.ts';
import { matchInvoice, plainName, type PurchaseOrder } from './match-invoice.ts';
import { toCents } from './money.ts';
import { lockOrder } from './purchase-orders.ts';

/** What an invoice asks for. */
export interface Payable {
  readonly number: string;
  readonly supplier: string;
  readonly amount: string;
  readonly currency: string;
}

/** `duplicate`: another claim has the number of this supplier. */
export type Claim =
  { readonly status: 'claimed'; readonly id: string } | { readonly status: 'duplicate'; readonly of: string };

/** How an invoice ended. */
export interface InvoiceEnding {
  readonly status: 'paid' | 'declined' | 'rejected' | 'expired' | 'unmatched';
  readonly by: string | null;
  readonly reason: string | null;
}

/**
 * Claims the invoice's number: while it is open or paid, nobody else gets it, under any spelling of the supplier or by
 * tax id. The same id again gets the same answer.
 */
export function claimInvoice(
  db: Database,
  id: string,
  documentId: string,
  invoice: Payable,
  taxId: string | null,
): Promise<Claim> {
  const supplier = plainName(invoice.supplier);
  const number = invoice.number.trim();
  return once<Claim>(db, id, async (trx) => {
    // Two claims of one number wait for each other here, whichever of the two indexes would refuse them.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`invoice ${number}`}, 0))`.execute(trx);
    const other = await trx
      .selectFrom('invoices')
      .select('id')
      .where('number', '=', number)
      .where('status', 'in', ['open', 'paid'])
      .where((is) => is.or([is('supplier', '=', supplier), is('supplier_tax_id', '=', taxId)]))
      .executeTakeFirst();
    if (other) return { status: 'duplicate', of: other.id };
    await trx
      .insertInto('invoices')
      .values({
        id,
        document_id: documentId,
        supplier,
        supplier_tax_id: taxId,
        number,
        order_number: null,
        amount_cents: toCents(invoice.amount),
        currency: invoice.currency,
        status: 'open',
        decided_by: null,
        reason: null,
      })
      .execute();
    return { status: 'claimed', id };
  });
}

/** Takes an open claim back, with what it bills; fine if it never was there, and then it never comes. */
export function withdrawInvoice(db: Database, id: string): Promise<void> {
  return undo(db, id, (trx) => trx.deleteFrom('invoices').where('id', '=', id).where('status', '=', 'open').execute());
}

/**
 * Compares with the order that the fields name. When all fits, what the invoice bills is taken from the order for as
 * long as the invoice is open or paid. May be repeated with other fields.
 */
export function billOrder(
  db: Database,
  id: string,
  fields: DocumentFields,
): Promise<{ readonly problems: readonly Problem[]; readonly order: PurchaseOrder | undefined }> {
  return db.transaction().execute(async (trx) => {
    const claim = await trx.selectFrom('invoices').select('status').where('id', '=', id).forUpdate().executeTakeFirst();
    if (claim?.status !== 'open') {
      throw failure('logic', `invoice ${id} is ${claim?.status ?? 'not claimed'}`, { type: 'InvoiceNotOpen' });
    }
    await trx.deleteFrom('invoice_lines').where('invoice_id', '=', id).execute();
    const number = fields.orderReference?.trim() ?? '';
    const order = number === '' ? undefined : await lockOrder(trx, number, id);
    if (order === undefined) return { problems: [missingOrder(number)], order };
    const { problems, billed } = matchInvoice(fields, order);
    if (problems.length > 0) return { problems, order };
    const lines = billed.map((line) => ({ ...line, invoice_id: id, order_number: number }));
    await trx.insertInto('invoice_lines').values(lines).execute();
    await trx.updateTable('invoices').set({ order_number: number }).where('id', '=', id).execute();
    return { problems, order };
  });
}

/** Writes down how it ended. */
export async function endInvoice(db: Database, id: string, { status, by, reason }: InvoiceEnding): Promise<void> {
  await db.updateTable('invoices').set({ status, decided_by: by, reason }).where('id', '=', id).execute();
}

/** Bytes of a document's file, which the inbox wants to know beside its hash. */
export async function sizeOf(db: Database, documentId: string): Promise<number> {
  const { size } = await db
    .selectFrom('documents')
    .select(sql<string>`size::text`.as('size'))
    .where('id', '=', documentId)
    .executeTakeFirstOrThrow();
  return Number(size);
}

function missingOrder(number: string): Problem {
  return number === ''
    ? { code: 'no-order', message: 'the invoice names no order', field: 'orderReference' }
    : { code: 'unknown-order', message: `there is no order ${number}`, field: 'orderReference' };
}
