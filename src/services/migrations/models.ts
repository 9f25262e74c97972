/** Table of the answers that models gave. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface ModelCacheTable {
  /** SHA-256 of the task, the request and the model. */
  hash: string;
  value: unknown;
  confidence: number;
  model: string;
  /** What the answer took when it was given; for statistics, nobody pays it again. */
  usage: unknown;
  created_at: Generated<Date>;
  expires_at: Date;
}

export interface ModelTables {
  model_cache: ModelCacheTable;
}

export const modelMigrations: Record<string, Migration> = {
  '020-model-cache': {
    async up(db: Kysely<unknown>) {
      await sql`create table model_cache (
        hash text primary key,
        value jsonb not null,
        confidence double precision not null,
        model text not null,
        usage jsonb not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null
      )`.execute(db);
      await sql`create index model_cache_expires on model_cache (expires_at)`.execute(db);
    },
  },
};
