/** The table of applicants that were looked into. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface AssessmentTable {
  /** Key of the step that opened it. */
  run_id: string;
  applicant: string;
  status: 'checking' | 'approved' | 'rejected' | 'expired';
  /** Risk points; `null` while it is checked. */
  points: number | null;
  level: string | null;
  decided_by: string | null;
  reason: string | null;
  created_at: Generated<Date>;
}

export interface DueDiligenceTables {
  assessments: AssessmentTable;
}

export const dueDiligenceMigrations: Record<string, Migration> = {
  '130-due-diligence': {
    async up(db: Kysely<unknown>) {
      await sql`create table assessments (
        run_id text primary key,
        applicant text not null,
        status text not null check (status in ('checking', 'approved', 'rejected', 'expired')),
        points integer,
        level text,
        decided_by text,
        reason text,
        created_at timestamptz not null default now()
      )`.execute(db);
    },
  },
};
