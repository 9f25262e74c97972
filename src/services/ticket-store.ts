/** Support tickets as rows: one for each run, whatever is repeated. */
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** A customer's message. */
export interface Ticket {
  /** Mail address of the customer. */
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

/** What a ticket is about. */
export interface Sorting {
  readonly department: string;
  readonly intent: string;
  readonly sentiment: string;
}

/** Opens a ticket under `id`; the same id again changes nothing. */
export async function insertTicket(db: Database, id: string, ticket: Ticket): Promise<void> {
  await db
    .insertInto('tickets')
    .values({ id, ...rowOf(ticket), status: 'open' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Lets an open ticket wait for an agent of its department. */
export async function queueTicket(db: Database, id: string, sorting: Sorting): Promise<void> {
  await db
    .updateTable('tickets')
    .set({ ...sorting, status: 'queued' })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .execute();
}

/** Writes down the answer that was sent. */
export async function answerTicket(
  db: Database,
  id: string,
  answer: { readonly text: string; readonly by: string } & Partial<Sorting>,
): Promise<void> {
  const { text, by, ...sorting } = answer;
  await db
    .updateTable('tickets')
    .set({ ...sorting, status: 'answered', answer: text, answered_by: by })
    .where('id', '=', id)
    .where('status', 'in', ['open', 'queued'])
    .execute();
}

/** Closes a ticket whose customer is content with the answer. */
export async function closeTicket(db: Database, id: string): Promise<void> {
  await db
    .updateTable('tickets')
    .set({ status: 'closed' })
    .where('id', '=', id)
    .where('status', '=', 'answered')
    .execute();
}

/**
 * Gives a ticket to that one of the people who has the fewest, and says to whom; a ticket that somebody has stays with
 * them. Makes the ticket if it is not there yet.
 */
export async function assignTicket(
  db: Database,
  id: string,
  ticket: Ticket,
  to: { readonly people: readonly [string, ...string[]]; readonly note: string } & Partial<Sorting>,
): Promise<string> {
  const { people, note, ...sorting } = to;
  return db.transaction().execute(async (trx) => {
    // One at a time: two tickets at once would go to the same person.
    await sql`select pg_advisory_xact_lock(hashtextextended('assign tickets', 0))`.execute(trx);
    const before = await trx
      .selectFrom('tickets')
      .select('assignee')
      .where('id', '=', id)
      .where('status', '=', 'assigned')
      .executeTakeFirst();
    if (before?.assignee) return before.assignee;
    const loads = await trx
      .selectFrom('tickets')
      .select(['assignee', ({ fn }) => fn.countAll<string>().as('tickets')])
      .where('status', '=', 'assigned')
      .where('assignee', 'in', people)
      .groupBy('assignee')
      .execute();
    const loadOf = (person: string): number => Number(loads.find(({ assignee }) => assignee === person)?.tickets ?? 0);
    const assignee = people.reduce((best, next) => (loadOf(next) < loadOf(best) ? next : best), people[0]);
    const changes = { ...sorting, status: 'assigned' as const, assignee, note };
    await trx
      .insertInto('tickets')
      .values({ id, ...rowOf(ticket), ...changes })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
      .execute();
    return assignee;
  });
}

function rowOf({ from, subject, text }: Ticket): { customer: string; subject: string; text: string } {
  return { customer: from, subject, text };
}
