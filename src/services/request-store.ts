/** Requests as rows: each belongs to the batch that took it first. */
import type { Database } from './database.ts';

interface Named {
  readonly id: string;
  readonly type: string;
}

/** Takes requests for a batch, and says which of them another one has; the same batch may ask again. */
export async function takeRequests(
  db: Database,
  batch: string,
  requests: readonly Named[],
): Promise<readonly { readonly id: string; readonly batch: string }[]> {
  if (requests.length === 0) return [];
  await db
    .insertInto('batch_requests')
    .values(requests.map(({ id, type }) => ({ id, type, batch, status: 'taken', detail: null })))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const ids = requests.map(({ id }) => id);
  return db
    .selectFrom('batch_requests')
    .select(['id', 'batch'])
    .where('id', 'in', ids)
    .where('batch', '<>', batch)
    .orderBy('id')
    .execute();
}

/** Lets go of what a batch has taken and not started; another batch may take it. */
export async function releaseRequests(db: Database, batch: string): Promise<void> {
  await db.deleteFrom('batch_requests').where('batch', '=', batch).where('status', '=', 'taken').execute();
}

/** Says that requests are about to have effects: from here they stay with their batch, whatever happens. */
export async function startRequests(db: Database, ids: readonly string[]): Promise<void> {
  await db
    .updateTable('batch_requests')
    .set({ status: 'started' })
    .where('id', 'in', ids)
    .where('status', '=', 'taken')
    .execute();
}

/** Writes down how requests ended. */
export async function endRequests(
  db: Database,
  ids: readonly string[],
  ending: { readonly status: 'done' | 'refused'; readonly detail: string },
): Promise<void> {
  await db.updateTable('batch_requests').set(ending).where('id', 'in', ids).execute();
}
