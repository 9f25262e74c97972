/** Activities on patients' records. Records travel by reference: they stay in the file store. */
import { readFile } from 'node:fs/promises';
import { cancellationSignal } from '@temporalio/activity';
import { failure, invalid } from '../failures.ts';
import type { Database } from '../services/database.ts';
import type { FileStore, StoredFile } from '../services/files.ts';
import type { fetchOutside } from '../services/outside-http.ts';
import { recordsInBundle, recordsOnServer, type RecordKind, type Resource } from '../services/patients/fhir.ts';
import { normalizeLabs, type LabValue } from '../services/patients/laboratory.ts';
import { analyse, assessQuality, type Analysis, type Quality, type Sections } from '../services/patients/quality.ts';
import { renderReportPage, renderReportPdf, type PatientReport } from '../services/patients/report-page.ts';
import {
  categorizeMedications,
  collectNotes,
  readPerson,
  summarizeHistory,
  summarizeVitals,
  type History,
  type Medication,
  type Person,
  type Vital,
} from '../services/patients/sections.ts';

export type { RecordKind } from '../services/patients/fhir.ts';
export type { Analysis, Quality, Sections } from '../services/patients/quality.ts';
/** Where the records are: a FHIR bundle that the worker can read or the file store has, or a FHIR server. */
export type PatientSource =
  { readonly path: string } | { readonly hash: string } | { readonly server: string; readonly id: string };

/** Records of one kind, by reference. */
export interface RecordsRef {
  readonly hash: string;
  readonly count: number;
}

/** A report as it is kept. */
export interface KeptReport {
  readonly html: StoredFile;
  readonly pdf: StoredFile;
}

export interface PatientServices {
  readonly db: Database;
  readonly files: FileStore;
  readonly outside: typeof fetchOutside;
}

export interface PatientActivities {
  /** Makes sure that there is a bundle or a server to ask; a bundle is put into the file store. */
  openPatientSource(source: PatientSource): Promise<PatientSource>;
  fetchRecords(source: PatientSource, kind: RecordKind): Promise<RecordsRef>;
  readPatient(records: RecordsRef): Promise<Person>;
  normalizeLabValues(records: RecordsRef): Promise<LabValue[]>;
  categorizeDrugs(records: RecordsRef): Promise<Medication[]>;
  summarizeVitalSigns(records: RecordsRef): Promise<Vital[]>;
  summarizePatientHistory(records: {
    readonly conditions: RecordsRef;
    readonly procedures: RecordsRef;
    readonly immunizations: RecordsRef;
    readonly allergies: RecordsRef;
  }): Promise<History>;
  collectPatientNotes(reports: RecordsRef, notes: RecordsRef): Promise<string[]>;
  assessPatientData(sections: Sections): Promise<Quality>;
  analysePatient(sections: Sections, quality: Quality, kind: Analysis['kind']): Promise<Analysis>;
  /** Makes page and PDF of an approved report and records them under the run's key. */
  publishPatientReport(key: string, report: PatientReport): Promise<KeptReport>;
  /** Takes a recorded report back; fine if there is none. */
  withdrawPatientReport(key: string): Promise<void>;
}

export function createPatientActivities({ db, files, outside }: PatientServices): PatientActivities {
  const load = async ({ hash }: RecordsRef): Promise<Resource[]> =>
    JSON.parse(new TextDecoder().decode(await files.get(hash))) as Resource[];
  const keep = async (bytes: Uint8Array, name: string): Promise<StoredFile> => ({
    hash: await files.put(bytes),
    name,
    size: bytes.length,
  });

  return {
    async openPatientSource(source) {
      if ('path' in source) return { hash: await files.put(await readBundleFile(source.path)) };
      if ('hash' in source && !(await files.has(source.hash))) {
        throw invalid('FileMissing', `the bundle ${source.hash} is not in the file store; hand it in again`);
      }
      return source;
    },
    async fetchRecords(source, kind) {
      const signal = cancellationSignal();
      if ('path' in source) throw failure('logic', 'a path has to be opened first', { type: 'SourceNotOpened' });
      const records =
        'hash' in source
          ? recordsInBundle(new TextDecoder().decode(await files.get(source.hash)), kind)
          : await recordsOnServer(outside, source, kind, signal);
      const bytes = new TextEncoder().encode(JSON.stringify(records));
      return { hash: await files.put(bytes), count: records.length };
    },
    readPatient: async (records) => readPerson(await load(records)),
    normalizeLabValues: async (records) => normalizeLabs(await load(records)),
    categorizeDrugs: async (records) => categorizeMedications(await load(records)),
    summarizeVitalSigns: async (records) => summarizeVitals(await load(records)),
    async summarizePatientHistory({ conditions, procedures, immunizations, allergies }) {
      const [a, b, c, d] = await Promise.all([conditions, procedures, immunizations, allergies].map(load));
      return summarizeHistory({ conditions: a ?? [], procedures: b ?? [], immunizations: c ?? [], allergies: d ?? [] });
    },
    collectPatientNotes: async (reports, notes) => collectNotes(await load(reports), await load(notes)),
    assessPatientData: async (sections) => assessQuality(sections),
    analysePatient: async (sections, quality, kind) => analyse(sections, quality, kind),
    async publishPatientReport(key, report) {
      const { person } = report.sections;
      const html = await keep(new TextEncoder().encode(await renderReportPage(report)), `patient-${person.id}.html`);
      const pdf = await keep(await renderReportPdf(report), `patient-${person.id}.pdf`);
      await db
        .insertInto('patient_reports')
        .values({
          run_id: key,
          patient_id: person.id,
          quality: report.quality.level,
          approved_by: report.approvedBy.join(', '),
          html_hash: html.hash,
          pdf_hash: pdf.hash,
        })
        .onConflict((conflict) => conflict.column('run_id').doNothing())
        .execute();
      return { html, pdf };
    },
    async withdrawPatientReport(key) {
      await db.deleteFrom('patient_reports').where('run_id', '=', key).execute();
    },
  };
}

async function readBundleFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw invalid('FileMissing', `the worker cannot read ${path}: ${(error as Error).message}`);
  }
}
