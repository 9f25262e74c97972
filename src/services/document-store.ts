/** Documents in the database: stored with their lines, indexed for search, or marked for a person. */
import { sql, type Selectable } from 'kysely';
import { failure } from '../failures.ts';
import type { Database } from './database.ts';
import type { DocumentTable } from './migrations/documents.ts';
import type { DocumentFields, DocumentFormat, DocumentKind, Problem } from './documents/types.ts';
import type { StoredFile } from './files.ts';

/** A document as it stands in the database. */
export interface StoredDocument {
  readonly id: string;
  readonly hash: string;
  readonly name: string;
  readonly status: 'storing' | 'stored' | 'manual';
  readonly kind: DocumentKind;
  readonly format: DocumentFormat;
  readonly confidence: number;
  readonly fields: DocumentFields;
  readonly problems: readonly Problem[];
  readonly reviewedBy: string | null;
  /** Workflow id of the run that brought it here. */
  readonly runId: string;
  readonly reason: string | null;
  readonly createdAt: string;
}

/** What a run wants to keep of a document. */
export interface DocumentDraft {
  readonly file: StoredFile;
  readonly kind: DocumentKind;
  readonly format: DocumentFormat;
  readonly confidence: number;
  readonly fields: DocumentFields;
  readonly problems: readonly Problem[];
  /** What the text mentions: people, organizations, places, dates, money. */
  readonly mentions: object;
  readonly reviewedBy?: string;
}

/**
 * Stores a document and its lines in one transaction, as `storing` until {@link completeDocument}. The same bytes are
 * one document: if they are stored already, their id comes back and nothing changes. While another run is storing
 * them, fails with the transient `DocumentBusy`, unless `isAlive` says that this run has ended.
 */
export async function insertDocument(
  db: Database,
  draft: DocumentDraft,
  runId: string,
  isAlive: (runId: string) => Promise<boolean>,
): Promise<{ readonly id: string; readonly existing: boolean }> {
  const other = await db.selectFrom('documents').selectAll().where('hash', '=', draft.file.hash).executeTakeFirst();
  if (other?.status === 'stored') return { id: other.id, existing: true };
  if (other?.status === 'storing' && other.run_id !== runId) {
    if (await isAlive(other.run_id)) throw busy(other.run_id);
  }
  return db.transaction().execute(async (trx) => {
    // What is taken over is exactly the row that was judged above; another run's newer row makes the insert conflict.
    if (other)
      await trx
        .deleteFrom('documents')
        .where('id', '=', other.id)
        .where('run_id', '=', other.run_id)
        .where('status', '=', other.status)
        .execute();
    const row = await trx
      .insertInto('documents')
      .values({ ...columns(draft), status: 'storing', run_id: runId, reason: null })
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) throw busy('another run');
    const lines = draft.fields.lines.map((line, index) => ({
      document_id: row.id,
      position: index + 1,
      description: line.description,
      quantity: line.quantity,
      unit: line.unit,
      unit_price: line.unitPrice,
      net_amount: line.netAmount,
      tax_rate: line.taxRate,
    }));
    if (lines.length > 0) await trx.insertInto('document_lines').values(lines).execute();
    return { id: row.id, existing: false };
  });
}

/** Takes back what {@link insertDocument} of this run stored; a document that another run stored stays. */
export async function deleteDocument(db: Database, hash: string, runId: string): Promise<void> {
  await db
    .deleteFrom('documents')
    .where('hash', '=', hash)
    .where('run_id', '=', runId)
    .where('status', '=', 'storing')
    .execute();
}

/** Puts a document's words into the search index. */
export async function indexDocument(db: Database, id: string, title: string, body: string): Promise<void> {
  await db
    .insertInto('document_index')
    .values({ document_id: id, title: clean(title), body: clean(body) })
    .onConflict((conflict) => conflict.column('document_id').doUpdateSet({ title: clean(title), body: clean(body) }))
    .execute();
}

/** Takes a document out of the search index. */
export async function unindexDocument(db: Database, id: string): Promise<void> {
  await db.deleteFrom('document_index').where('document_id', '=', id).execute();
}

/** Makes a stored document final. */
export async function completeDocument(db: Database, id: string): Promise<void> {
  await db.updateTable('documents').set({ status: 'stored' }).where('id', '=', id).execute();
}

/** Marks a document for manual processing, with the reason; one that is stored already is left alone. */
export async function markManual(db: Database, draft: DocumentDraft, runId: string, reason: string): Promise<string> {
  const values = { ...columns(draft), status: 'manual' as const, run_id: runId, reason: clean(reason) };
  const { hash: _hash, ...changed } = values;
  await db
    .insertInto('documents')
    .values(values)
    .onConflict((conflict) =>
      conflict
        .column('hash')
        .doUpdateSet(changed)
        .where((row) => row.or([row('documents.status', '=', 'manual'), row('documents.run_id', '=', runId)])),
    )
    .execute();
  const row = await db
    .selectFrom('documents')
    .select('id')
    .where('hash', '=', draft.file.hash)
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Documents that wait for a person, newest first. */
export async function listManual(db: Database, limit = 100): Promise<StoredDocument[]> {
  const rows = await db
    .selectFrom('documents')
    .selectAll()
    .where('status', '=', 'manual')
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toDocument);
}

/** One document by its id; `undefined` if there is none. */
export async function findDocument(db: Database, id: string): Promise<StoredDocument | undefined> {
  if (!/^[0-9a-f-]{36}$/i.test(id)) return undefined;
  const row = await db.selectFrom('documents').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toDocument(row);
}

/** The document of these bytes; `undefined` if there is none. */
export async function findByHash(db: Database, hash: string): Promise<StoredDocument | undefined> {
  const row = await db.selectFrom('documents').selectAll().where('hash', '=', hash).executeTakeFirst();
  return row && toDocument(row);
}

/** A document that a search found, best first. */
export interface SearchHit {
  readonly document: StoredDocument;
  readonly rank: number;
  readonly excerpt: string;
}

/** Finds stored documents by words (`"exact phrase"`, `or`, `-without`); names may be misspelt a little. */
export async function searchDocuments(db: Database, words: string, limit = 20): Promise<SearchHit[]> {
  const query = sql`websearch_to_tsquery('simple', ${clean(words)})`;
  const rank = sql<number>`ts_rank(words, ${query}) + word_similarity(${clean(words)}, title)`;
  const rows = await db
    .selectFrom('document_index')
    .innerJoin('documents', 'documents.id', 'document_index.document_id')
    .selectAll('documents')
    .select([
      rank.as('rank'),
      sql<string>`ts_headline('simple', left(body, 20000), ${query}, 'MaxFragments=1,MaxWords=18,MinWords=6,StartSel=«,StopSel=»')`.as(
        'excerpt',
      ),
    ])
    .where('documents.status', '=', 'stored')
    .where(sql<boolean>`(words @@ ${query} or word_similarity(${clean(words)}, title) > 0.5)`)
    .orderBy('rank', 'desc')
    .orderBy('documents.created_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    document: toDocument(row),
    rank: row.rank,
    excerpt: row.excerpt.replace(/\s+/g, ' ').trim(),
  }));
}

function busy(runId: string): Error {
  return failure('transient', `${runId} is storing the same document`, {
    type: 'DocumentBusy',
    nextRetryDelay: '1 seconds',
  });
}

function columns(draft: DocumentDraft) {
  const { file, fields } = draft;
  return {
    hash: file.hash,
    name: clean(file.name),
    size: file.size,
    kind: draft.kind,
    format: draft.format,
    confidence: draft.confidence,
    number: fields.number,
    issue_date: fields.issueDate,
    seller: fields.seller,
    buyer: fields.buyer,
    currency: fields.currency,
    tax_total: fields.taxTotal,
    grand_total: fields.grandTotal,
    amount_due: fields.amountDue,
    fields: sql<DocumentFields>`${JSON.stringify(fields)}::jsonb`,
    problems: sql<readonly Problem[]>`${JSON.stringify(draft.problems)}::jsonb`,
    mentions: sql<object>`${JSON.stringify(draft.mentions)}::jsonb`,
    reviewed_by: draft.reviewedBy ?? null,
  };
}

/** PostgreSQL's text cannot hold NUL. */
function clean(text: string): string {
  return text.replaceAll('\0', ' ');
}

function toDocument(row: Selectable<DocumentTable>): StoredDocument {
  return {
    id: row.id,
    hash: row.hash,
    name: row.name,
    status: row.status,
    kind: row.kind,
    format: row.format,
    confidence: row.confidence,
    fields: row.fields,
    problems: row.problems,
    reviewedBy: row.reviewed_by,
    runId: row.run_id,
    reason: row.reason,
    createdAt: row.created_at.toISOString(),
  };
}
