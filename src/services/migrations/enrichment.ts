/** Tables of what an outside source says about rows, and of how often it may be asked. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** What is known about a row of a data set. */
interface EnrichmentTable {
  /** `etl_rows.id`. */
  row_id: string;
  /** What was asked. */
  value: string;
  found: boolean;
  /** The source's answer; `null` when it knows nothing. */
  facts: unknown;
  /** Whether the answer came from the cache. */
  cached: boolean;
  /** Workflow id of the run that stored it. */
  run_id: string;
  at: Generated<Date>;
}

/** An answer of the source, kept for a while. */
interface EnrichmentCacheTable {
  source: string;
  value: string;
  found: boolean;
  facts: unknown;
  fetched_at: Generated<Date>;
}

/** One of the calls that may be made in a period; whoever makes a call holds one. */
interface RateTokenTable {
  name: string;
  token: number;
  /** From when on it may be taken. */
  free_at: Generated<Date>;
  /** Grows each time it is taken: who takes it too late to give it back is noticed. */
  taken: Generated<number>;
}

export interface EnrichmentTables {
  enrichments: EnrichmentTable;
  enrichment_cache: EnrichmentCacheTable;
  rate_tokens: RateTokenTable;
}

export const enrichmentMigrations: Record<string, Migration> = {
  '181-enrichment': {
    async up(db: Kysely<unknown>) {
      await sql`create table enrichments (
        row_id bigint primary key,
        value text not null,
        found boolean not null,
        facts jsonb,
        cached boolean not null,
        run_id text not null,
        at timestamptz not null default clock_timestamp()
      )`.execute(db);
      await sql`create index enrichments_by_run on enrichments (run_id)`.execute(db);
      await sql`create table enrichment_cache (
        source text not null,
        value text not null,
        found boolean not null,
        facts jsonb,
        fetched_at timestamptz not null default clock_timestamp(),
        primary key (source, value)
      )`.execute(db);
      await sql`create table rate_tokens (
        name text not null,
        token integer not null,
        free_at timestamptz not null default clock_timestamp(),
        taken integer not null default 0,
        primary key (name, token)
      )`.execute(db);
    },
  },
};
