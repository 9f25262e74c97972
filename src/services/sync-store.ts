/** Synchronized records as rows: what a source has now, with what it no longer has marked as removed. */
import { sql } from 'kysely';
import { invalid } from '../failures.ts';
import type { Database } from './database.ts';
import { once, type Trx } from './effects.ts';

/** A record of a source, under the key that names it there. */
export interface SyncRecord {
  readonly key: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What one pass over a source changed. */
export interface PassCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
}

const chunkSize = 1_000;

/**
 * Makes our records of a source those that it has now, all or none, once for each key: the same key again answers as
 * before. Passes over one source wait for each other. Fails with `SyncEmptied` (validation) where a source that had
 * records has none any more: that is an accident more often than the truth.
 */
export function applyPass(
  db: Database,
  key: string,
  source: string,
  records: readonly SyncRecord[],
): Promise<PassCounts> {
  return once(db, key, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`sync ${source}`}, 0))`.execute(trx);
    if (records.length === 0) await refuseEmptied(trx, source);
    let inserted = 0;
    let updated = 0;
    for (let from = 0; from < records.length; from += chunkSize) {
      const changed = await applyChunk(trx, key, source, records.slice(from, from + chunkSize));
      inserted += changed.inserted;
      updated += changed.updated;
    }
    const { numUpdatedRows } = await trx
      .updateTable('synced_records')
      .set({ removed_at: new Date() })
      .where('source', '=', source)
      .where('seen_in', '<>', key)
      .where('removed_at', 'is', null)
      .executeTakeFirst();
    const unchanged = records.length - inserted - updated;
    const counts = { inserted, updated, unchanged, removed: Number(numUpdatedRows) };
    await trx
      .insertInto('sync_passes')
      .values({ key, source, ...counts, at: new Date() })
      .execute();
    return counts;
  });
}

async function refuseEmptied(trx: Trx, source: string): Promise<void> {
  const before = await trx
    .selectFrom('synced_records')
    .select('key')
    .where('source', '=', source)
    .where('removed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (before) throw invalid('SyncEmptied', `${source} has no records any more; what we have of it was kept`);
}

async function applyChunk(
  trx: Trx,
  pass: string,
  source: string,
  records: readonly SyncRecord[],
): Promise<{ readonly inserted: number; readonly updated: number }> {
  const incoming = sql`jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as incoming(key text, data jsonb)`;
  const { rows } = await sql<{ inserted: number; updated: number }>`select
      (count(*) filter (where ours.key is null))::int as inserted,
      (count(*) filter (where ours.data <> incoming.data or ours.removed_at is not null))::int as updated
    from ${incoming} left join synced_records ours on ours.source = ${source} and ours.key = incoming.key`.execute(trx);
  await sql`insert into synced_records as ours (source, key, data, seen_in, changed_at)
    select ${source}, key, data, ${pass}, now() from ${incoming}
    on conflict (source, key) do update set
      data = excluded.data, seen_in = excluded.seen_in, removed_at = null,
      changed_at = case when ours.data <> excluded.data or ours.removed_at is not null
        then excluded.changed_at else ours.changed_at end`.execute(trx);
  return rows[0] ?? { inserted: 0, updated: 0 };
}

/** Keeps the report of a run; a redriven run writes its own over it. */
export async function saveReport(
  db: Database,
  runId: string,
  report: { readonly status: 'complete' | 'partial' | 'failed' },
): Promise<void> {
  const values = { status: report.status, report: JSON.stringify(report), at: new Date() };
  await db
    .insertInto('sync_reports')
    .values({ run_id: runId, ...values })
    .onConflict((conflict) => conflict.column('run_id').doUpdateSet(values))
    .execute();
}
