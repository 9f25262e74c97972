/** The table of support tickets. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface TicketTable {
  /** Idempotency key of the step that opened it. */
  id: string;
  /** Address that it came from. */
  customer: string;
  subject: string;
  text: string;
  status: 'open' | 'queued' | 'answered' | 'assigned' | 'closed';
  department: string | null;
  intent: string | null;
  sentiment: string | null;
  /** User name of the agent who has it. */
  assignee: string | null;
  /** The agent who approved the answer, or `policy`. */
  answered_by: string | null;
  answer: string | null;
  /** Why a person has it. */
  note: string | null;
  created_at: Generated<Date>;
}

export interface TicketTables {
  tickets: TicketTable;
}

export const ticketMigrations: Record<string, Migration> = {
  '160-tickets': {
    async up(db: Kysely<unknown>) {
      await sql`create table tickets (
        id text primary key,
        customer text not null,
        subject text not null,
        text text not null,
        status text not null check (status in ('open', 'queued', 'answered', 'assigned', 'closed')),
        department text check (department is not null or status <> 'queued'),
        intent text,
        sentiment text,
        assignee text check (assignee is not null or status <> 'assigned'),
        answered_by text,
        answer text check (answer is not null or status not in ('answered', 'closed')),
        note text,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create index tickets_assignee on tickets (assignee) where status = 'assigned'`.execute(db);
    },
  },
};
