/** Tables of the vendors' sandbox: calls by idempotency key, payments, other objects, settings. */
import { sql, type ColumnType, type Generated, type Kysely, type Migration } from 'kysely';

/** A call by its key. A row without an answer is a tombstone: undone before it came. */
interface VendorCallTable {
  vendor: string;
  operation: string;
  key: string;
  /** SHA-256 of the body; `null` in a tombstone. */
  fingerprint: string | null;
  answer: unknown;
  undone_at: Date | null;
  created_at: Generated<Date>;
}

/** Cents come from the database as strings: they may be larger than 32 bits. */
type Cents = ColumnType<string, number, number>;

/** A payment; the database keeps to refunded ≤ captured ≤ authorized. */
interface VendorPaymentTable {
  id: string;
  /** Key of the call that authorized it. */
  key: string;
  currency: string;
  authorized_cents: Cents;
  captured_cents: ColumnType<string, number | undefined, number>;
  refunded_cents: ColumnType<string, number | undefined, number>;
  voided: Generated<boolean>;
  created_at: Generated<Date>;
}

/** Anything else that a vendor remembers: shipments, pages, supplier orders, services. */
interface VendorStateTable {
  vendor: string;
  id: string;
  /** Key of the call that made it. */
  key: string;
  data: unknown;
  cancelled: Generated<boolean>;
  /** From here its state moves on with time. */
  since: Generated<Date>;
}

/** How a vendor behaves. */
interface VendorSettingsTable {
  vendor: string;
  latency_ms: number;
  decline_rate: number;
  /** Time a thing takes from one state to the next. */
  pace_ms: number;
  outage_until: Date | null;
}

export interface VendorTables {
  vendor_calls: VendorCallTable;
  vendor_payments: VendorPaymentTable;
  vendor_state: VendorStateTable;
  vendor_settings: VendorSettingsTable;
}

export const vendorMigrations: Record<string, Migration> = {
  '041-vendors': {
    async up(db: Kysely<unknown>) {
      await sql`create table vendor_calls (
        vendor text not null,
        operation text not null,
        key text not null,
        fingerprint text,
        answer jsonb,
        undone_at timestamptz,
        created_at timestamptz not null default now(),
        primary key (vendor, operation, key)
      )`.execute(db);
      await sql`create table vendor_payments (
        id text primary key,
        key text not null unique,
        currency text not null,
        authorized_cents bigint not null check (authorized_cents > 0),
        captured_cents bigint not null default 0 check (captured_cents between 0 and authorized_cents),
        refunded_cents bigint not null default 0 check (refunded_cents between 0 and captured_cents),
        voided boolean not null default false check (not voided or captured_cents = refunded_cents),
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create table vendor_state (
        vendor text not null,
        id text not null,
        key text not null,
        data jsonb not null,
        cancelled boolean not null default false,
        since timestamptz not null default now(),
        primary key (vendor, id)
      )`.execute(db);
      await sql`create table vendor_settings (
        vendor text primary key,
        latency_ms integer not null check (latency_ms >= 0),
        decline_rate double precision not null check (decline_rate between 0 and 1),
        pace_ms integer not null check (pace_ms >= 0),
        outage_until timestamptz
      )`.execute(db);
    },
  },
};
