import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { DocumentActivities, Draft, IngestionInput, Looked } from '../activities/documents.ts';
import type { DocumentFields, DocumentFormat, DocumentKind, Problem } from '../services/documents/types.ts';
import { rootOf } from '../failures.ts';
import { ordinary, persistent, pure } from './activity-options.ts';
import { editedFields } from './document-fields.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import { parallel } from './patterns/parallel.ts';
import { byConfidence, route } from './patterns/route.ts';
import { saga } from './patterns/saga.ts';
import { stage } from './patterns/stage.ts';

/** What became of a document. `manual`: a person has to process it; `rejected`: a reviewer refused it. */
export interface IngestionResult {
  readonly status: 'stored' | 'manual' | 'rejected';
  /** `null` when nothing was recorded, because a reviewer refused the document. */
  readonly documentId: string | null;
  readonly kind: DocumentKind;
  readonly format: DocumentFormat;
  /** 0 to 1: how sure the reading was, before any review. */
  readonly confidence: number;
  readonly reviewedBy?: string;
  readonly reason?: string;
  readonly fields: DocumentFields;
  readonly problems: readonly Problem[];
}

const thresholds = { auto: 0.9, review: 0.7 };

const documents = proxyActivities<DocumentActivities>(ordinary);
const understanding = proxyLocalActivities<DocumentActivities>(pure);
/** Storing waits while another run stores the same bytes. */
const storing = proxyActivities<DocumentActivities>(persistent);

/**
 * Takes a document from its bytes to the database and the search index. What is certain is stored at once, what is
 * probable waits for a reviewer, the rest goes to a person. A document that cannot be read leaves no record at all.
 */
export async function documentIngestion(input: IngestionInput): Promise<IngestionResult> {
  const { file, stored } = await stage('receive', () => documents.receiveDocument(input));
  if (stored) return { ...stored, status: 'stored' };

  const reading = await stage('read', () => documents.readDocument(file));
  const kind = await stage('classify', () => understanding.classifyDocument(reading));
  const extracted = await stage('extract', () =>
    parallel({
      identifiers: () => understanding.extractIdentifiers(reading),
      parties: () => understanding.extractParties(reading),
      totals: () => understanding.extractTotals(reading),
      lines: () => understanding.extractLines(reading),
      dates: () => understanding.extractDates(reading),
      freeText: () => understanding.extractFreeText(reading),
    }),
  );
  const first = await stage('validate', () => understanding.validateDocument({ file, reading, kind, extracted }));
  const draft =
    byConfidence(first.confidence, thresholds) === 'manual'
      ? await stage('gather more', () => documents.gatherMore(first))
      : first;

  return route(byConfidence(draft.confidence, thresholds), {
    auto: () => store(draft),
    review: () => review(draft, input.requester),
    manual: () => toManual(draft, 'too little could be read with certainty'),
  });
}

async function review(draft: Draft, requester: string | undefined): Promise<IngestionResult> {
  const gate = approvalGate<DocumentFields>({
    name: 'review',
    subject: {
      document: draft.file,
      kind: draft.kind,
      format: draft.format,
      confidence: draft.confidence,
      fields: draft.fields,
      problems: draft.problems,
    },
    approvers: ['role:reviewer'],
    requester,
    timeout: '24 hours',
    editable: editedFields,
  });
  const decision = await gate.decision();
  switch (decision.status) {
    case 'approved':
      return store({ ...draft, fields: decision.edited ?? draft.fields, reviewedBy: decision.by.join(', ') });
    case 'rejected':
      return { ...resultOf(draft, null), status: 'rejected', reviewedBy: decision.by, reason: decision.reason };
    case 'expired':
      return toManual(draft, 'no reviewer decided within 24 hours');
  }
}

async function store(draft: Draft): Promise<IngestionResult> {
  try {
    return await saga(async (tx) => {
      const stored = await tx.step(
        'store',
        () => storing.storeDocument(draft),
        () => storing.removeDocument(draft.file),
      );
      if (stored.existing) return { ...resultOf(draft, stored.id), status: 'stored' };
      await tx.step(
        'index',
        () => documents.indexDocument({ id: stored.id, draft }),
        () => storing.unindexDocument(stored.id),
      );
      await tx.step('complete', () => documents.completeDocument(stored.id));
      return { ...resultOf(draft, stored.id), status: 'stored' };
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return toManual(draft, `could not be stored: ${messageOf(error)}`);
  }
}

async function toManual(draft: Draft, reason: string): Promise<IngestionResult> {
  const id = await stage('manual queue', () => storing.markForManual({ draft, reason }));
  return { ...resultOf(draft, id), status: 'manual', reason };
}

function resultOf(draft: Draft, documentId: string | null): Looked & { readonly documentId: string | null } {
  const { kind, format, confidence, fields, problems, reviewedBy } = draft;
  return {
    documentId,
    kind,
    format,
    confidence,
    fields,
    problems,
    ...(reviewedBy === undefined ? {} : { reviewedBy }),
  };
}

function messageOf(error: unknown): string {
  const root = rootOf(error);
  return root instanceof Error ? root.message : String(root);
}
