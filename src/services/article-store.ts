/** Published articles: a row each, and a folder of pages that follows the rows. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { once, undo } from './effects.ts';
import type { FileStore } from './files.ts';
import { renderIndex } from './pages.ts';

/** What is published. `page` and `cover` are files of the file store. */
export interface Article {
  readonly title: string;
  readonly lead: string;
  readonly page: string;
  readonly cover: string | null;
  readonly editor: string;
}

/** Name of an article's files: its title, and a piece of its key so that no two share one. */
export function slugOf(key: string, title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/gu, '');
  return `${words === '' ? 'article' : words}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

/** Records an article as published; once for each key. */
export function insertArticle(db: Database, key: string, article: Article): Promise<{ readonly slug: string }> {
  return once(db, key, async (trx) => {
    const slug = slugOf(key, article.title);
    await trx
      .insertInto('articles')
      .values({ key, slug, ...article, status: 'published' })
      .execute();
    return { slug };
  });
}

/** Undoes {@link insertArticle}; fine if it never happened, and then it never will. */
export function withdrawArticle(db: Database, key: string): Promise<void> {
  return undo(db, key, (trx) =>
    trx.updateTable('articles').set({ status: 'withdrawn' }).where('key', '=', key).execute(),
  );
}

/**
 * Makes the folder say what the rows say: pages and covers of what is published, none of what was withdrawn, and
 * `index.html`. Whoever comes last has read the latest rows, because one writes at a time. A file is never half there.
 */
export function syncFolder(db: Database, files: FileStore, folder: string): Promise<void> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('fermata published articles'))`.execute(trx);
    const rows = await trx.selectFrom('articles').selectAll().orderBy('published_at', 'desc').orderBy('slug').execute();
    await mkdir(folder, { recursive: true });
    for (const { slug, page, cover, status } of rows) {
      const parts = [
        [`${slug}.html`, page],
        [`${slug}.svg`, cover],
      ] as const;
      for (const [name, hash] of parts) {
        if (hash === null) continue;
        if (status === 'published') await writeWhole(join(folder, name), await files.get(hash));
        else await rm(join(folder, name), { force: true });
      }
    }
    const entries = rows
      .filter(({ status }) => status === 'published')
      .map(({ slug, title, lead, published_at }) => {
        return { href: `${slug}.html`, title, lead, date: published_at.toISOString().slice(0, 10) };
      });
    await writeWhole(join(folder, 'index.html'), Buffer.from(await renderIndex('Published', entries)));
  });
}

/** The same bytes again write nothing. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const there = await readFile(path).catch(() => undefined);
  if (there?.equals(bytes) === true) return;
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, bytes);
  await rename(aside, path);
}

/** Texts of stored documents that speak of a topic, best first. */
export async function textsAbout(db: Database, topic: string, limit: number): Promise<readonly Found[]> {
  const query = sql`websearch_to_tsquery('simple', ${topic})`;
  return db
    .selectFrom('document_index')
    .innerJoin('documents', 'documents.id', 'document_index.document_id')
    .select(['document_index.title', 'document_index.body'])
    .where('documents.status', '=', 'stored')
    .where(sql<boolean>`words @@ ${query}`)
    .orderBy(sql`ts_rank(words, ${query})`, 'desc')
    .limit(limit)
    .execute();
}

interface Found {
  readonly title: string;
  readonly body: string;
}
