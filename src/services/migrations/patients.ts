/** Table of the reports on patients. The database itself keeps to: no final report without an approver. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface PatientReportTable {
  /** Workflow id of the run that made it. */
  run_id: string;
  patient_id: string;
  quality: string;
  approved_by: string;
  html_hash: string;
  pdf_hash: string;
  created_at: Generated<Date>;
}

export interface PatientTables {
  patient_reports: PatientReportTable;
}

export const patientMigrations: Record<string, Migration> = {
  '140-patient-reports': {
    async up(db: Kysely<unknown>) {
      await sql`create table patient_reports (
        run_id text primary key,
        patient_id text not null,
        quality text not null,
        approved_by text not null check (approved_by <> ''),
        html_hash text not null,
        pdf_hash text not null,
        created_at timestamptz not null default now()
      )`.execute(db);
    },
  },
};
