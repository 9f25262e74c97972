/** Proposals as rows, with their milestones. */
import type { Database } from './database.ts';
import { once, undo } from './effects.ts';

/** What is recorded of a proposal. */
export interface ProposalRecord {
  readonly client: string;
  readonly title: string;
  readonly priceCents: number;
  readonly currency: string;
  readonly weeks: number;
}

/** A step of the work. `week`: it is done by the end of this week. */
export interface Milestone {
  readonly name: string;
  readonly week: number;
}

/** Gives a proposal its number; once for each key. */
export function insertProposal(
  db: Database,
  key: string,
  { client, title, priceCents, currency, weeks }: ProposalRecord,
): Promise<{ readonly number: string }> {
  return once(db, key, (trx) =>
    trx
      .insertInto('proposals')
      .values({ key, client, title, price_cents: priceCents, currency, weeks, document: null, status: 'open' })
      .returning('number')
      .executeTakeFirstOrThrow(),
  );
}

/** Undoes {@link insertProposal}: its number stays taken; fine if it never happened. */
export function withdrawProposal(db: Database, key: string): Promise<void> {
  return undo(db, key, (trx) =>
    trx.updateTable('proposals').set({ status: 'withdrawn' }).where('key', '=', key).execute(),
  );
}

/** Says which document a proposal is. */
export async function setDocument(db: Database, number: string, document: string): Promise<void> {
  await db.updateTable('proposals').set({ document }).where('number', '=', number).execute();
}

/** Plans the work; once for each key. */
export function insertMilestones(
  db: Database,
  key: string,
  number: string,
  milestones: readonly Milestone[],
): Promise<null> {
  return once(db, key, async (trx) => {
    const rows = milestones.map(({ name, week }, index) => ({ proposal: number, position: index + 1, name, week }));
    if (rows.length > 0) await trx.insertInto('proposal_milestones').values(rows).execute();
    return null;
  });
}

/** Undoes {@link insertMilestones}; fine if it never happened, and then it never will. */
export function deleteMilestones(db: Database, key: string, number: string): Promise<void> {
  return undo(db, key, (trx) => trx.deleteFrom('proposal_milestones').where('proposal', '=', number).execute());
}

/** Notes that a proposal was handed over. */
export async function markSent(db: Database, number: string): Promise<void> {
  await db.updateTable('proposals').set({ status: 'sent' }).where('number', '=', number).execute();
}

/** A proposal as it stands, with the number of its milestones; `undefined` if there is none. */
export async function findProposal(db: Database, number: string) {
  const row = await db.selectFrom('proposals').selectAll().where('number', '=', number).executeTakeFirst();
  if (!row) return undefined;
  const milestones = await db.selectFrom('proposal_milestones').selectAll().where('proposal', '=', number).execute();
  return { ...row, milestones: milestones.length };
}
