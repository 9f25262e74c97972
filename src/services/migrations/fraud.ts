/** Tables of screened card transactions, of blocks, and of codes that customers confirm with. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface CardTransactionTable {
  /** Key of the step that recorded it. */
  run_id: string;
  customer: string;
  amount_cents: number;
  currency: string;
  country: string;
  device: string;
  occurred_at: Date;
  status: 'screening' | 'passed' | 'released' | 'blocked';
  score: number | null;
  decided_by: string | null;
  reason: string | null;
  created_at: Generated<Date>;
}

interface BlockTable {
  /** One block a run, whatever is repeated. */
  run_id: string;
  customer: string;
  device: string;
  reason: string;
  lifted_at: Date | null;
  created_at: Generated<Date>;
}

interface StepUpTable {
  run_id: string;
  code: string;
  created_at: Generated<Date>;
}

export interface FraudTables {
  card_transactions: CardTransactionTable;
  card_blocks: BlockTable;
  step_up_codes: StepUpTable;
}

export const fraudMigrations: Record<string, Migration> = {
  '130-fraud': {
    async up(db: Kysely<unknown>) {
      await sql`create table card_transactions (
        run_id text primary key,
        customer text not null,
        amount_cents integer not null check (amount_cents > 0),
        currency text not null,
        country text not null,
        device text not null,
        occurred_at timestamptz not null,
        status text not null check (status in ('screening', 'passed', 'released', 'blocked')),
        score double precision,
        decided_by text,
        reason text,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create index card_transactions_customer on card_transactions (customer, occurred_at)`.execute(db);
      await sql`create index card_transactions_device on card_transactions (device)`.execute(db);
      await sql`create table card_blocks (
        run_id text primary key,
        customer text not null,
        device text not null,
        reason text not null,
        lifted_at timestamptz,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create index card_blocks_customer on card_blocks (customer)`.execute(db);
      await sql`create table step_up_codes (
        run_id text primary key,
        code text not null,
        created_at timestamptz not null default now()
      )`.execute(db);
    },
  },
};
