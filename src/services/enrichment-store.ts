/** Rows to enrich, and what is known about them. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Facts } from './enrichment.ts';

/** A row of a data set. */
export interface DataRow {
  readonly id: string;
  readonly key: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Puts rows into a data set; the same rows again change nothing. */
export async function putRows(
  db: Database,
  dataset: string,
  loadId: string,
  rows: readonly { readonly key: string; readonly data: object }[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map(({ key, data }, index) => ({
    dataset,
    key,
    data: JSON.stringify(data),
    load_id: loadId,
    source_row: String(index + 1),
  }));
  await db
    .insertInto('etl_rows')
    .values(values)
    .onConflict((conflict) =>
      conflict.columns(['dataset', 'key']).doUpdateSet((row) => ({ data: row.ref('excluded.data') })),
    )
    .execute();
}

export async function countRows(db: Database, dataset: string): Promise<number> {
  const { count } = await db
    .selectFrom('etl_rows')
    .select(sql<number>`count(*)::float8`.as('count'))
    .where('dataset', '=', dataset)
    .executeTakeFirstOrThrow();
  return count;
}

/** Ids of the next rows, in order. */
export async function nextIds(db: Database, dataset: string, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('etl_rows')
    .select('id')
    .where('dataset', '=', dataset)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** The rows from one id to another, both included, at most `limit`. */
export async function rowsBetween(
  db: Database,
  dataset: string,
  { from, to, size }: { readonly from: string; readonly to: string; readonly size: number },
): Promise<DataRow[]> {
  const rows = await db
    .selectFrom('etl_rows')
    .select(['id', 'key', 'data'])
    .where('dataset', '=', dataset)
    .where('id', '>=', from)
    .where('id', '<=', to)
    .orderBy('id')
    .limit(size)
    .execute();
  return rows.map((row) => ({ ...row, data: row.data as DataRow['data'] }));
}

/** Who stored what is known about a row for this value, if it is younger than `maxAgeMs`. */
export async function enrichedBy(
  db: Database,
  rowId: string,
  value: string,
  maxAgeMs: number,
): Promise<string | undefined> {
  const known = await db
    .selectFrom('enrichments')
    .select('run_id')
    .where('row_id', '=', rowId)
    .where('value', '=', value)
    .where('at', '>', sql<Date>`clock_timestamp() - ${maxAgeMs}::float8 * interval '1 millisecond'`)
    .executeTakeFirst();
  return known?.run_id;
}

/** Stores what is known about a row, in place of what was known before. */
export async function enrich(db: Database, rowId: string, value: string, runId: string, known: Facts): Promise<void> {
  const { found, cached } = known;
  const row = {
    value,
    found,
    cached,
    facts: JSON.stringify(known.facts),
    run_id: runId,
    at: sql<Date>`clock_timestamp()`,
  };
  await db
    .insertInto('enrichments')
    .values({ row_id: rowId, ...row })
    .onConflict((conflict) => conflict.column('row_id').doUpdateSet(row))
    .execute();
}

/** What a run has stored: `enriched` = `asked` + `cached`, and of them `unknown` to the source. */
export interface EnrichmentCounts {
  readonly enriched: number;
  readonly asked: number;
  readonly cached: number;
  readonly unknown: number;
}

export async function countsOf(db: Database, runId: string): Promise<EnrichmentCounts> {
  return db
    .selectFrom('enrichments')
    .select([
      sql<number>`count(*)::float8`.as('enriched'),
      sql<number>`(count(*) filter (where not cached))::float8`.as('asked'),
      sql<number>`(count(*) filter (where cached))::float8`.as('cached'),
      sql<number>`(count(*) filter (where not found))::float8`.as('unknown'),
    ])
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
}
