import { proxyActivities } from '@temporalio/workflow';
import type { NotifyActivities } from '../activities/notify.ts';
import type {
  Analysis,
  KeptReport,
  PatientActivities,
  PatientSource,
  Quality,
  RecordKind,
  RecordsRef,
  Sections,
} from '../activities/patients.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { approvalGate, type GateDecision } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { map } from './patterns/map.ts';
import { parallel, type Settled } from './patterns/parallel.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

export interface PatientOrder {
  readonly patient: PatientSource;
  /** Who asked; never the one who approves. */
  readonly requester?: string | undefined;
}

/** What became of it. `flagged`: the data does not carry a report; see `missing`. */
export type PatientReportResult =
  | { readonly status: 'flagged'; readonly quality: Quality }
  | ({ readonly status: 'final'; readonly by: readonly string[]; readonly audit: readonly AuditEntry[] } & Drafted &
      KeptReport)
  | ({
      readonly status: 'rejected';
      readonly by: string;
      readonly reason: string;
      readonly audit: readonly AuditEntry[];
    } & Drafted)
  | ({ readonly status: 'expired'; readonly audit: readonly AuditEntry[] } & Drafted);

interface Drafted {
  readonly quality: Quality;
  readonly analysis: Analysis;
}

const patients = proxyActivities<PatientActivities>(ordinary);
const publishing = proxyActivities<PatientActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

const kinds = [
  'patient',
  'labs',
  'vitals',
  'medications',
  'conditions',
  'procedures',
  'immunizations',
  'allergies',
  'reports',
  'notes',
] as const satisfies readonly RecordKind[];

/** Reports on a patient from their records: final only after a physician has approved it. */
export async function patientReport({ patient, requester }: PatientOrder): Promise<PatientReportResult> {
  const source = await stage('open', () => patients.openPatientSource(patient));
  const records = await stage('fetch', () => fetchAll(source));
  const sections = await stage('sections', () => readSections(records));
  const quality = await stage('quality', () => patients.assessPatientData(sections));

  if (quality.level === 'insufficient') {
    await tell('flagged', `A report on ${nameOf(sections)} needs more data`, quality.missing);
    return { status: 'flagged', quality };
  }
  if (quality.level === 'low')
    await tell('more data', `Please complete the record of ${nameOf(sections)}`, quality.missing);
  const kind = quality.level === 'high' ? 'standard' : 'limited';
  const analysis = await stage('analysis', () => patients.analysePatient(sections, quality, kind));

  const decision = await askPhysician({ sections, quality, analysis }, requester);
  if (decision.status !== 'approved') return { ...decision, quality, analysis };
  const approval = { approvedBy: decision.by, approvedAt: new Date().toISOString() };
  const kept = await saga((tx) =>
    tx.step(
      'publish',
      (id) => publishing.publishPatientReport(id, { sections, quality, analysis, ...approval }),
      (_, id) => publishing.withdrawPatientReport(id),
    ),
  );
  return { status: 'final', by: decision.by, quality, analysis, ...kept, audit: decision.audit };
}

/** Every kind of records, at most ten at once. A kind that cannot be had is `null`. */
async function fetchAll(source: PatientSource): Promise<Record<RecordKind, RecordsRef | null>> {
  const fetched = await map(kinds, (kind) => withFallback(() => patients.fetchRecords(source, kind), null), {
    maxConcurrency: 10,
  });
  return Object.fromEntries(kinds.map((kind, at) => [kind, fetched[at] ?? null])) as Record<
    RecordKind,
    RecordsRef | null
  >;
}

/** The sections, at most five at once; one that fails is missing, and the quality says so. */
async function readSections(records: Record<RecordKind, RecordsRef | null>): Promise<Sections> {
  const { labs, medications, vitals, conditions, procedures, immunizations, allergies, reports, notes } = records;
  const read = await parallel(
    {
      person: async () => (records.patient ? patients.readPatient(records.patient) : null),
      labs: async () => (labs ? patients.normalizeLabValues(labs) : null),
      medications: async () => (medications ? patients.categorizeDrugs(medications) : null),
      vitals: async () => (vitals ? patients.summarizeVitalSigns(vitals) : null),
      history: async () =>
        conditions && procedures && immunizations && allergies
          ? patients.summarizePatientHistory({ conditions, procedures, immunizations, allergies })
          : null,
      notes: async () => (reports && notes ? patients.collectPatientNotes(reports, notes) : null),
    },
    { join: 'settled', maxConcurrency: 5 },
  );
  const unknown = { id: '', name: null, birthDate: null, gender: null };
  return {
    person: valueOf(read.person) ?? unknown,
    labs: valueOf(read.labs),
    medications: valueOf(read.medications),
    vitals: valueOf(read.vitals),
    history: valueOf(read.history),
    notes: valueOf(read.notes),
  };
}

/** A physician has two days; after one the chief may decide as well. */
function askPhysician(
  subject: Drafted & { readonly sections: Sections },
  requester: string | undefined,
): Promise<GateDecision<never>> {
  return approvalGate({
    name: 'physician',
    subject,
    approvers: ['role:physician'],
    requester,
    timeout: '48 hours',
    remindEvery: '12 hours',
    escalate: [{ after: '24 hours', approvers: ['role:chief-physician'] }],
    notify: remind,
  }).decision();
}

async function tell(what: string, subject: string, missing: readonly string[]): Promise<void> {
  const message = { to: ['role:physician'], subject, text: `Missing: ${missing.join('; ')}.` };
  await stage(what, () => withFallback(() => mail.notify(key(what), message), undefined));
}

function nameOf({ person }: Sections): string {
  return person.name ?? `the patient ${person.id}`;
}

function valueOf<T>(settled: Settled<T>): T | null {
  return settled.status === 'fulfilled' ? settled.value : null;
}
