/** Tables of the documents and their search index. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';
import type { DocumentFields, DocumentFormat, DocumentKind, Problem } from '../documents/types.ts';

/** A document and what was read from it. Amounts are `numeric` and come back as strings. */
export interface DocumentTable {
  id: Generated<string>;
  hash: string;
  name: string;
  size: number;
  /** `storing` while a run is between storing and completing it. */
  status: 'storing' | 'stored' | 'manual';
  kind: DocumentKind;
  format: DocumentFormat;
  confidence: number;
  number: string | null;
  issue_date: string | null;
  seller: string | null;
  buyer: string | null;
  currency: string | null;
  tax_total: string | null;
  grand_total: string | null;
  amount_due: string | null;
  fields: DocumentFields;
  problems: readonly Problem[];
  /** People, organizations, places, dates and money that the text mentions. */
  mentions: object;
  reviewed_by: string | null;
  /** Why a person has to look, for `manual`. */
  reason: string | null;
  /** Workflow id of the run that owns the row. */
  run_id: string;
  created_at: Generated<Date>;
}

interface DocumentLineTable {
  document_id: string;
  position: number;
  description: string;
  quantity: string | null;
  unit: string | null;
  unit_price: string | null;
  net_amount: string | null;
  tax_rate: string | null;
}

/** The search index: one row a document. `words` is made by the database from `title` and `body`. */
interface DocumentIndexTable {
  document_id: string;
  title: string;
  body: string;
}

export interface DocumentTables {
  documents: DocumentTable;
  document_lines: DocumentLineTable;
  document_index: DocumentIndexTable;
}

export const documentMigrations: Record<string, Migration> = {
  '001-documents': {
    async up(db: Kysely<unknown>) {
      await sql`create extension if not exists pg_trgm`.execute(db);
      await sql`create table documents (
        id uuid primary key default gen_random_uuid(),
        hash text not null unique,
        name text not null,
        size bigint not null,
        status text not null check (status in ('storing', 'stored', 'manual')),
        kind text not null,
        format text not null,
        confidence double precision not null,
        number text,
        issue_date date,
        seller text,
        buyer text,
        currency text,
        tax_total numeric,
        grand_total numeric,
        amount_due numeric,
        fields jsonb not null,
        problems jsonb not null,
        mentions jsonb not null,
        reviewed_by text,
        reason text,
        run_id text not null,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create index documents_status on documents (status, created_at desc)`.execute(db);
      await sql`create table document_lines (
        document_id uuid not null references documents on delete cascade,
        position integer not null,
        description text not null,
        quantity numeric,
        unit text,
        unit_price numeric,
        net_amount numeric,
        tax_rate numeric,
        primary key (document_id, position)
      )`.execute(db);
      await sql`create table document_index (
        document_id uuid primary key references documents on delete cascade,
        title text not null,
        body text not null,
        words tsvector generated always as (
          setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', body), 'C')
        ) stored
      )`.execute(db);
      await sql`create index document_index_words on document_index using gin (words)`.execute(db);
      await sql`create index document_index_title on document_index using gin (title gin_trgm_ops)`.execute(db);
    },
  },
};
