/** Assessments of applicants as rows: one for each run, whatever is repeated. */
import type { Database } from './database.ts';

/** How an assessment ended. */
export interface AssessmentEnding {
  readonly status: 'approved' | 'rejected' | 'expired';
  readonly points: number;
  readonly level: string;
  readonly by: string | null;
  readonly reason: string | null;
}

/** Opens an assessment under `id`; the same id again changes nothing. */
export async function insertAssessment(db: Database, id: string, applicant: string): Promise<void> {
  const open = { points: null, level: null, decided_by: null, reason: null };
  await db
    .insertInto('assessments')
    .values({ run_id: id, applicant, status: 'checking', ...open })
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
}

/** Takes an assessment back that has not ended; fine if it never was there. */
export async function deleteOpenAssessment(db: Database, id: string): Promise<void> {
  await db.deleteFrom('assessments').where('run_id', '=', id).where('status', '=', 'checking').execute();
}

/** Writes down how it ended. */
export async function endAssessment(db: Database, id: string, ending: AssessmentEnding): Promise<void> {
  const { by, ...rest } = ending;
  await db
    .updateTable('assessments')
    .set({ ...rest, decided_by: by })
    .where('run_id', '=', id)
    .execute();
}
