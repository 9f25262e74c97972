/** Table of the advice that was given. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface AdviceTable {
  /** Idempotency key of the step that recorded it. */
  key: string;
  question: string;
  status: 'advised' | 'partial' | 'limited';
  confidence: number;
  /** SHA-256 of the report in the file store. */
  report: string;
  created_at: Generated<Date>;
}

export interface AdviceTables {
  advice: AdviceTable;
}

export const adviceMigrations: Record<string, Migration> = {
  '112-advice': {
    async up(db: Kysely<unknown>) {
      await sql`create table advice (
        key text primary key,
        question text not null,
        status text not null check (status in ('advised', 'partial', 'limited')),
        confidence real not null check (confidence between 0 and 1),
        report text not null,
        created_at timestamptz not null default now()
      )`.execute(db);
    },
  },
};
