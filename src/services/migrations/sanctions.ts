/** Tables of the sanctions list: one row a name, so that aliases are found like names. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** What is loaded, so that the same files are not loaded again. */
interface SanctionListTable {
  name: string;
  /** SHA-256 over the files and over how they were read. */
  hash: string;
  entries: number;
  loaded_at: Generated<Date>;
}

interface SanctionNameTable {
  list: string;
  /** The list's own number of the person, organization, vessel or aircraft. */
  entry: number;
  name: string;
  alias: boolean;
  /** The name in plain letters, words in alphabetical order. */
  search: string;
  kind: 'individual' | 'organization' | 'vessel' | 'aircraft';
  programs: string;
  remarks: string | null;
}

export interface SanctionTables {
  sanction_lists: SanctionListTable;
  sanction_names: SanctionNameTable;
}

export const sanctionMigrations: Record<string, Migration> = {
  '031-sanctions': {
    async up(db: Kysely<unknown>) {
      await sql`create extension if not exists pg_trgm`.execute(db);
      await sql`create table sanction_lists (
        name text primary key,
        hash text not null,
        entries integer not null check (entries > 0),
        loaded_at timestamptz not null default now()
      )`.execute(db);
      await sql`create table sanction_names (
        list text not null references sanction_lists on delete cascade,
        entry integer not null,
        name text not null,
        alias boolean not null,
        search text not null,
        kind text not null check (kind in ('individual', 'organization', 'vessel', 'aircraft')),
        programs text not null,
        remarks text
      )`.execute(db);
      await sql`create index sanction_names_list on sanction_names (list)`.execute(db);
      await sql`create index sanction_names_search on sanction_names using gin (search gin_trgm_ops)`.execute(db);
    },
  },
};
