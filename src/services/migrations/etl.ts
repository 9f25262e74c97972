/** Tables of loads: the rows themselves, what was rejected, and which chunks are done. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** A row of any data set; a later load of the same key replaces it. */
interface EtlRowTable {
  /** Never changes when the row is replaced, so that rows can be paged through while they are loaded. */
  id: Generated<string>;
  dataset: string;
  /** Value of the key column; of several, their JSON. */
  key: string;
  /** The columns. */
  data: unknown;
  /** The load that wrote it last. */
  load_id: string;
  /** Its number in that load's source, from 1: of two rows with one key, the later stays. */
  source_row: string;
}

/** A row that could not be loaded. */
interface EtlRejectTable {
  load_id: string;
  source_row: string;
  /** Its text, at most 2,000 characters. */
  raw: string;
  reason: string;
}

/** A chunk that is done: written in one transaction with its rows. */
interface EtlChunkTable {
  load_id: string;
  /** Number of its first row. */
  first_row: string;
  loaded: number;
  rejected: number;
}

export interface EtlTables {
  etl_rows: EtlRowTable;
  etl_rejects: EtlRejectTable;
  etl_chunks: EtlChunkTable;
}

export const etlMigrations: Record<string, Migration> = {
  '180-etl': {
    async up(db: Kysely<unknown>) {
      await sql`create table etl_rows (
        id bigint generated always as identity,
        dataset text not null,
        key text not null,
        data jsonb not null,
        load_id text not null,
        source_row bigint not null,
        primary key (dataset, key)
      )`.execute(db);
      await sql`create index etl_rows_by_id on etl_rows (dataset, id)`.execute(db);
      await sql`create table etl_rejects (
        load_id text not null,
        source_row bigint not null,
        raw text not null,
        reason text not null,
        primary key (load_id, source_row)
      )`.execute(db);
      await sql`create table etl_chunks (
        load_id text not null,
        first_row bigint not null,
        loaded integer not null,
        rejected integer not null,
        primary key (load_id, first_row)
      )`.execute(db);
    },
  },
};
