/** Tables of proposals and their milestones. */
import { sql, type ColumnType, type Generated, type Kysely, type Migration } from 'kysely';

interface ProposalTable {
  number: Generated<string>;
  /** Idempotency key of the step that recorded it. */
  key: string;
  client: string;
  title: string;
  /** Cents come from the database as strings: they may be larger than 32 bits. */
  price_cents: ColumnType<string, number, number>;
  currency: string;
  weeks: number;
  /** SHA-256 of the document in the file store. */
  document: string | null;
  status: 'open' | 'sent' | 'withdrawn';
  created_at: Generated<Date>;
}

interface MilestoneTable {
  proposal: string;
  position: number;
  name: string;
  /** End of this week counted from the start of the work. */
  week: number;
}

export interface ProposalTables {
  proposals: ProposalTable;
  proposal_milestones: MilestoneTable;
}

export const proposalMigrations: Record<string, Migration> = {
  '111-proposals': {
    async up(db: Kysely<unknown>) {
      await sql`create sequence proposal_numbers start 1001`.execute(db);
      await sql`create table proposals (
        number text primary key default 'P-' || nextval('proposal_numbers'),
        key text not null unique,
        client text not null,
        title text not null,
        price_cents bigint not null check (price_cents > 0),
        currency text not null,
        weeks integer not null check (weeks > 0),
        document text,
        status text not null check (status in ('open', 'sent', 'withdrawn')),
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create table proposal_milestones (
        proposal text not null references proposals,
        position integer not null,
        name text not null,
        week integer not null check (week > 0),
        primary key (proposal, position)
      )`.execute(db);
    },
  },
};
