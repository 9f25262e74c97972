/** Table of requests that batches work through. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface BatchRequestTable {
  /** Whoever asks gives it; one request is done once, whichever batches it is in. */
  id: string;
  type: string;
  /** Workflow id of the batch that took it. */
  batch: string;
  /** `started`: something may have happened; only its own batch may go on with it. */
  status: 'taken' | 'started' | 'done' | 'refused';
  detail: string | null;
  taken_at: Generated<Date>;
}

export interface RequestTables {
  batch_requests: BatchRequestTable;
}

export const requestMigrations: Record<string, Migration> = {
  '172-batch-requests': {
    async up(db: Kysely<unknown>) {
      await sql`create table batch_requests (
        id text primary key, type text not null, batch text not null,
        status text not null check (status in ('taken', 'started', 'done', 'refused')),
        detail text, taken_at timestamptz not null default now())`.execute(db);
    },
  },
};
