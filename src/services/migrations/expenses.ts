/** Tables of expenses and of the payments that processes make. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface ExpenseTable {
  /** Workflow id of the run that owns the row. */
  run_id: string;
  employee: string;
  amount_cents: number;
  currency: string;
  category: string;
  description: string;
  status: 'open' | 'paid' | 'rejected' | 'expired' | 'declined';
  decided_by: string | null;
  reason: string | null;
  created_at: Generated<Date>;
}

interface PaymentTable {
  /** Idempotency key: one payment a key, whatever is repeated. */
  key: string;
  payee: string;
  amount_cents: number;
  currency: string;
  purpose: string;
  status: 'requested' | 'paid' | 'declined' | 'refunded';
  /** The payment service's own number. */
  reference: string | null;
  created_at: Generated<Date>;
}

export interface ExpenseTables {
  expenses: ExpenseTable;
  payments: PaymentTable;
}

export const expenseMigrations: Record<string, Migration> = {
  '100-expenses': {
    async up(db: Kysely<unknown>) {
      await sql`create table expenses (
        run_id text primary key,
        employee text not null,
        amount_cents integer not null check (amount_cents > 0),
        currency text not null,
        category text not null,
        description text not null,
        status text not null,
        decided_by text,
        reason text,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create table payments (
        key text primary key,
        payee text not null,
        amount_cents integer not null check (amount_cents > 0),
        currency text not null,
        purpose text not null,
        status text not null check (status in ('requested', 'paid', 'declined', 'refunded')),
        reference text,
        created_at timestamptz not null default now()
      )`.execute(db);
    },
  },
};
