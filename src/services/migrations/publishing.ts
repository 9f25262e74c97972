/** Tables of published articles. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface ArticleTable {
  /** Idempotency key of the step that published it. */
  key: string;
  /** Name of its page in the folder, without ending. */
  slug: string;
  title: string;
  /** First words, for the index. */
  lead: string;
  /** SHA-256 of the page in the file store. */
  page: string;
  /** SHA-256 of the cover in the file store. */
  cover: string | null;
  editor: string;
  status: 'published' | 'withdrawn';
  published_at: Generated<Date>;
}

export interface PublishingTables {
  articles: ArticleTable;
}

export const publishingMigrations: Record<string, Migration> = {
  '110-publishing': {
    async up(db: Kysely<unknown>) {
      await sql`create table articles (
        key text primary key,
        slug text not null unique,
        title text not null,
        lead text not null,
        page text not null,
        cover text,
        editor text not null,
        status text not null check (status in ('published', 'withdrawn')),
        published_at timestamptz not null default now()
      )`.execute(db);
    },
  },
};
