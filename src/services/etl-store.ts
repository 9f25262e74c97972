/** Loads as rows: what is loaded, what is rejected, and what a load came to. */
import { sql } from 'kysely';
import { failure } from '../failures.ts';
import type { Database } from './database.ts';
import type { Column } from './etl/columns.ts';

/** A chunk whose rows are transformed. */
export interface LoadedChunk {
  readonly loadId: string;
  readonly dataset: string;
  /** Number of its first row; with the load it tells chunks apart. */
  readonly first: number;
  readonly rows: readonly { readonly key: string; readonly data: string; readonly row: number }[];
  readonly rejects: readonly { readonly row: number; readonly raw: string; readonly reason: string }[];
}

export interface ChunkCounts {
  readonly loaded: number;
  readonly rejected: number;
}

/**
 * Loads a chunk in one transaction: its rows, its rejected rows, and the note that it is done. The same chunk again changes
 * nothing and gives the same counts. Of rows with one key the last of the source stays, in whatever order chunks come.
 */
export function loadChunk(db: Database, chunk: LoadedChunk): Promise<ChunkCounts> {
  const { loadId, dataset, first, rejects } = chunk;
  const rows = lastOfEachKey(chunk.rows);
  return db.transaction().execute(async (trx) => {
    const counts = { loaded: chunk.rows.length, rejected: rejects.length };
    const noted = await trx
      .insertInto('etl_chunks')
      .values({ load_id: loadId, first_row: String(first), ...counts })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (noted.numInsertedOrUpdatedRows === 0n) {
      return trx
        .selectFrom('etl_chunks')
        .select(['loaded', 'rejected'])
        .where('load_id', '=', loadId)
        .where('first_row', '=', String(first))
        .executeTakeFirstOrThrow();
    }
    // Ordered by key: chunks that share keys then wait for each other instead of ending in a deadlock.
    await sql`insert into etl_rows (dataset, key, data, load_id, source_row)
      select ${dataset}::text, key, data::jsonb, ${loadId}::text, source_row
      from unnest(${rows.map(({ key }) => key)}::text[], ${rows.map(({ data }) => data)}::text[],
        ${rows.map(({ row }) => row)}::bigint[]) as source (key, data, source_row)
      order by key
      on conflict (dataset, key) do update
        set data = excluded.data, load_id = excluded.load_id, source_row = excluded.source_row
        where etl_rows.load_id <> excluded.load_id or etl_rows.source_row < excluded.source_row`.execute(trx);
    if (rejects.length > 0) {
      await sql`insert into etl_rejects (load_id, source_row, raw, reason)
        select ${loadId}::text, source_row, raw, reason
        from unnest(${rejects.map(({ row }) => row)}::bigint[], ${rejects.map(({ raw }) => raw)}::text[],
          ${rejects.map(({ reason }) => reason)}::text[]) as source (source_row, raw, reason)`.execute(trx);
    }
    return counts;
  });
}

function lastOfEachKey(rows: LoadedChunk['rows']): LoadedChunk['rows'] {
  return [...new Map(rows.map((row) => [row.key, row])).values()];
}

/** What a load came to. `read` = `loaded` + `rejected` + `missing`. */
export interface LoadCounts extends ChunkCounts {
  readonly read: number;
  /** Rows of chunks that are not done. */
  readonly missing: number;
  /** The most frequent reasons and how often they were given. */
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
}

/** Holds what was read against what is in the tables; fails with `CountsDiffer` (logic) if that does not add up. */
export async function reconcile(db: Database, loadId: string, read: number): Promise<LoadCounts> {
  const { loaded, rejected } = await db
    .selectFrom('etl_chunks')
    .select([
      sql<number>`coalesce(sum(loaded), 0)::float8`.as('loaded'),
      sql<number>`coalesce(sum(rejected), 0)::float8`.as('rejected'),
    ])
    .where('load_id', '=', loadId)
    .executeTakeFirstOrThrow();
  const { kept } = await db
    .selectFrom('etl_rejects')
    .select(sql<number>`count(*)::float8`.as('kept'))
    .where('load_id', '=', loadId)
    .executeTakeFirstOrThrow();
  const missing = read - loaded - rejected;
  if (missing < 0 || kept !== rejected) {
    const found = `${String(loaded)} loaded, ${String(rejected)} rejected, ${String(kept)} in the reject table`;
    throw failure('logic', `the counts differ: ${String(read)} rows read, ${found}`, { type: 'CountsDiffer' });
  }
  return { read, loaded, rejected, missing, reasons: await reasonsOf(db, loadId) };
}

function reasonsOf(db: Database, loadId: string): Promise<LoadCounts['reasons']> {
  return (
    db
      .selectFrom('etl_rejects')
      // What was found instead differs from row to row.
      .select([sql<string>`split_part(reason, ', got ', 1)`.as('reason'), sql<number>`count(*)::float8`.as('rows')])
      .where('load_id', '=', loadId)
      .groupBy(sql`split_part(reason, ', got ', 1)`)
      .orderBy('rows', 'desc')
      .orderBy('reason')
      .limit(10)
      .execute()
  );
}

/** What is in a column of a load. */
export interface ColumnProfile {
  readonly column: string;
  readonly filled: number;
  readonly distinct: number;
  /** Smallest and largest value, as text; `null` when there is none. */
  readonly min: string | null;
  readonly max: string | null;
}

/** Counts a column of the rows that a load left. */
export async function profileColumn(
  db: Database,
  load: { readonly loadId: string; readonly dataset: string },
  column: string,
  type: Column['type'],
): Promise<ColumnProfile> {
  const text = sql`data ->> ${column}::text`;
  const value = type === 'integer' || type === 'decimal' ? sql`(${text})::numeric` : sql`(${text}) collate "C"`;
  const profile = await db
    .selectFrom('etl_rows')
    .select([
      sql<number>`count(${text})::float8`.as('filled'),
      sql<number>`count(distinct ${text})::float8`.as('distinct'),
      sql<string | null>`left(min(${value})::text, 100)`.as('min'),
      sql<string | null>`left(max(${value})::text, 100)`.as('max'),
    ])
    .where('dataset', '=', load.dataset)
    .where('load_id', '=', load.loadId)
    .executeTakeFirstOrThrow();
  return { column, ...profile };
}

/** Some rows of a load as JSON text, by id; `after` is the last one seen. */
export function rowsOfLoad(
  db: Database,
  load: { readonly loadId: string; readonly dataset: string },
  after: string,
  limit: number,
): Promise<{ id: string; line: string }[]> {
  return db
    .selectFrom('etl_rows')
    .select(['id', sql<string>`jsonb_build_object('key', key, 'data', data)::text`.as('line')])
    .where('dataset', '=', load.dataset)
    .where('load_id', '=', load.loadId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
