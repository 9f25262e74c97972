/** Tables of purchasing: orders, goods receipts, and the invoices that are checked against them. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface PurchaseOrderTable {
  number: string;
  supplier: string;
  /** Address for questions about the order's invoices. */
  contact: string;
  currency: string;
  /** Paid only for what was received: a three-way match. */
  needs_receipt: boolean;
  /** User name of who ordered. */
  ordered_by: string;
  created_at: Generated<Date>;
}

interface PurchaseOrderLineTable {
  order_number: string;
  position: number;
  description: string;
  /** Quantities and prices are `numeric` and come back as strings. */
  quantity: string;
  unit_price: string;
}

interface GoodsReceiptTable {
  id: string;
  order_number: string;
  position: number;
  quantity: string;
  received_by: string;
  received_on: string;
}

interface InvoiceTable {
  /** Idempotency key of the run's claim. */
  id: string;
  document_id: string;
  /** Name of the supplier in plain letters. */
  supplier: string;
  supplier_tax_id: string | null;
  number: string;
  order_number: string | null;
  amount_cents: number;
  currency: string;
  /** `open` and `paid` hold the number: no other run may have it. */
  status: 'open' | 'paid' | 'declined' | 'rejected' | 'expired' | 'unmatched';
  decided_by: string | null;
  reason: string | null;
  created_at: Generated<Date>;
}

/** What of an order an invoice bills. */
interface InvoiceLineTable {
  invoice_id: string;
  order_number: string;
  position: number;
  quantity: string;
}

export interface InvoiceTables {
  purchase_orders: PurchaseOrderTable;
  purchase_order_lines: PurchaseOrderLineTable;
  goods_receipts: GoodsReceiptTable;
  invoices: InvoiceTable;
  invoice_lines: InvoiceLineTable;
}

export const invoiceMigrations: Record<string, Migration> = {
  '120-purchasing': {
    async up(db: Kysely<unknown>) {
      await sql`create table purchase_orders (
        number text primary key,
        supplier text not null,
        contact text not null,
        currency text not null,
        needs_receipt boolean not null,
        ordered_by text not null,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create table purchase_order_lines (
        order_number text not null references purchase_orders on delete cascade,
        position integer not null,
        description text not null,
        quantity numeric not null check (quantity > 0),
        unit_price numeric not null check (unit_price >= 0),
        primary key (order_number, position)
      )`.execute(db);
      await sql`create table goods_receipts (
        id text primary key,
        order_number text not null,
        position integer not null,
        quantity numeric not null,
        received_by text not null,
        received_on date not null,
        foreign key (order_number, position) references purchase_order_lines on delete cascade
      )`.execute(db);
    },
  },
  '121-invoices': {
    async up(db: Kysely<unknown>) {
      await sql`create table invoices (
        id text primary key,
        document_id uuid not null,
        supplier text not null,
        supplier_tax_id text,
        number text not null,
        order_number text references purchase_orders,
        amount_cents integer not null check (amount_cents > 0),
        currency text not null,
        status text not null check (status in ('open', 'paid', 'declined', 'rejected', 'expired', 'unmatched')),
        decided_by text,
        reason text,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create unique index invoices_by_supplier on invoices (supplier, number)
        where status in ('open', 'paid')`.execute(db);
      await sql`create unique index invoices_by_tax_id on invoices (supplier_tax_id, number)
        where status in ('open', 'paid')`.execute(db);
      await sql`create table invoice_lines (
        invoice_id text not null references invoices on delete cascade,
        order_number text not null,
        position integer not null,
        quantity numeric not null,
        primary key (invoice_id, order_number, position),
        foreign key (order_number, position) references purchase_order_lines
      )`.execute(db);
    },
  },
};
