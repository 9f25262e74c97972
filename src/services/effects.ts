/**
 * Effects in the database that can be undone, in whatever order do and undo arrive: an effect happens once for each key,
 * an undo of what never came leaves a tombstone, and the effect that comes after it is refused.
 */
import { sql, type Kysely, type Transaction } from 'kysely';
import { invalid } from '../failures.ts';
import type { Database } from './database.ts';

/** A transaction of the one database. */
export type Trx = Database extends Kysely<infer Tables> ? Transaction<Tables> : never;

/**
 * Does the work once for each key, in one transaction with the note that it was done, and answers a repetition as the
 * first time. Fails with `EffectUndone` (validation) when the effect was undone before, and as the work does, which then
 * has not happened.
 */
export function once<T>(db: Database, key: string, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const before = await claim(trx, key, 'done');
    if (before?.state === 'undone') {
      throw invalid('EffectUndone', `${key} has been undone; it cannot happen any more`, { key });
    }
    if (before) return before.answer as T;
    const answer = await work(trx);
    const kept = sql`${JSON.stringify(answer ?? null)}::jsonb`;
    await trx.updateTable('effects').set({ answer: kept }).where('key', '=', key).execute();
    return answer;
  });
}

/** Undoes what {@link once} did under a key, once; `work` gets its answer. What never came is fine, and never comes. */
export function undo(db: Database, key: string, work: (trx: Trx, done: unknown) => Promise<unknown>): Promise<void> {
  return db.transaction().execute(async (trx) => {
    const before = await claim(trx, key, 'undone');
    if (before?.state !== 'done') return;
    await work(trx, before.answer);
    await trx.updateTable('effects').set({ state: 'undone' }).where('key', '=', key).execute();
  });
}

/** What stands under a key; `undefined`: nothing did, and now `state` does. Held until the transaction ends. */
async function claim(trx: Trx, key: string, state: 'done' | 'undone') {
  const claimed = await trx
    .insertInto('effects')
    .values({ key, state, answer: null })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('key')
    .executeTakeFirst();
  if (claimed) return undefined;
  return trx.selectFrom('effects').select(['state', 'answer']).where('key', '=', key).forUpdate().executeTakeFirst();
}
