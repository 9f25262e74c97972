/** Tables of synchronized data: the records, and what each pass over a source changed. */
import { sql, type Kysely, type Migration } from 'kysely';

interface SyncedRecordTable {
  source: string;
  key: string;
  data: unknown;
  /** Key of the pass that saw it last. */
  seen_in: string;
  changed_at: Date;
  /** Since when its source no longer has it. */
  removed_at: Date | null;
}

interface SyncPassTable {
  key: string;
  source: string;
  inserted: number;
  updated: number;
  unchanged: number;
  removed: number;
  at: Date;
}

interface SyncReportTable {
  run_id: string;
  status: 'complete' | 'partial' | 'failed';
  report: unknown;
  at: Date;
}

export interface SyncTables {
  synced_records: SyncedRecordTable;
  sync_passes: SyncPassTable;
  sync_reports: SyncReportTable;
}

export const syncMigrations: Record<string, Migration> = {
  '171-sync': {
    async up(db: Kysely<unknown>) {
      await sql`create table synced_records (
        source text not null, key text not null, data jsonb not null, seen_in text not null,
        changed_at timestamptz not null, removed_at timestamptz, primary key (source, key))`.execute(db);
      await sql`create table sync_passes (
        key text primary key, source text not null, inserted integer not null, updated integer not null,
        unchanged integer not null, removed integer not null, at timestamptz not null default now())`.execute(db);
      await sql`create table sync_reports (
        run_id text primary key, status text not null check (status in ('complete', 'partial', 'failed')),
        report jsonb not null, at timestamptz not null)`.execute(db);
    },
  },
};
