/** Expenses as rows: one for each run, whatever is repeated. */
import type { Database } from './database.ts';
import { toCents } from './money.ts';

/** An expense as somebody hands it in. `amount` is decimal text such as `129.50`. */
export interface Expense {
  /** User name of the person who spent the money and is paid. */
  readonly employee: string;
  readonly amount: string;
  readonly currency: string;
  readonly category: 'travel' | 'meals' | 'equipment' | 'training' | 'other';
  readonly description: string;
  /** Day it was spent, ISO. */
  readonly date: string;
}

type Ending = 'paid' | 'rejected' | 'expired' | 'declined';

/** Records an open expense under `id`; the same id again changes nothing. */
export async function insertExpense(db: Database, id: string, expense: Expense): Promise<void> {
  const { employee, currency, category, description } = expense;
  const amount_cents = toCents(expense.amount);
  await db
    .insertInto('expenses')
    .values({ run_id: id, employee, amount_cents, currency, category, description, status: 'open' })
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
}

/** Takes an open expense back; fine if it never was there. */
export async function deleteOpenExpense(db: Database, id: string): Promise<void> {
  await db.deleteFrom('expenses').where('run_id', '=', id).where('status', '=', 'open').execute();
}

/** Writes down how it ended. */
export async function endExpense(
  db: Database,
  id: string,
  ending: { readonly status: Ending; readonly by: string | null; readonly reason: string | null },
): Promise<void> {
  const { status, by, reason } = ending;
  await db.updateTable('expenses').set({ status, decided_by: by, reason }).where('run_id', '=', id).execute();
}
