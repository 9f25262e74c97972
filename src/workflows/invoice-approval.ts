import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { IngestionInput } from '../activities/documents.ts';
import type { InvoiceActivities } from '../activities/invoices.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { documentIngestion } from './document-ingestion.ts';
import { matchOrAsk, type Fitting } from './invoice-match.ts';
import { ownChild } from './own-child.ts';
import { approvalGate, type GateDecision } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { saga, type SagaScope } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

/** An ingested document, or one to ingest first. The requester does not approve the payment. */
export type InvoiceInput = { readonly documentId: string; readonly requester?: string | undefined } | IngestionInput;

/** What became of an invoice. `by`: the approvers, or `policy` when it needed none. */
export type InvoiceResult = { readonly documentId: string | null } & (
  | { readonly status: 'unreadable' | 'refused'; readonly reason: string }
  /** Another run, whose id `of` begins with, has this number of this supplier. */
  | { readonly status: 'duplicate'; readonly of: string }
  | ({ readonly audit: readonly AuditEntry[] } & Outcome)
);

type Outcome =
  | {
      readonly status: 'paid';
      readonly by: readonly string[];
      readonly reference: string;
      readonly match: Fitting['match'];
    }
  | {
      readonly status: 'declined';
      readonly by: readonly string[];
      readonly reason: string;
      readonly match: Fitting['match'];
    }
  | { readonly status: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly status: 'unmatched'; readonly reason: string }
  | { readonly status: 'expired' };

const invoices = proxyActivities<InvoiceActivities>(ordinary);
const paying = proxyActivities<InvoiceActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Pays an invoice once: when it fits its purchase order, and when people have approved what is not small and certain. */
export async function invoiceApproval(input: InvoiceInput): Promise<InvoiceResult> {
  const ingested = await stage('ingest', () => ingest(input));
  if (ingested.status === 'unreadable') return ingested;
  const { documentId } = ingested;
  const read = await stage('read', () => invoices.readInvoice(documentId));
  if (read.status === 'refused') return { ...read, documentId };

  const result = await saga<InvoiceResult>(async (tx) => {
    const claim = await tx.step(
      'claim',
      (id) => invoices.claimInvoice(id, read.invoice),
      (_, id) => paying.withdrawInvoice(id),
    );
    if (claim.status === 'duplicate') return { ...claim, documentId };
    const checked = await matchOrAsk(claim.id, read.invoice);
    const outcome = checked.status === 'matched' ? await approveAndPay(tx, checked, input.requester) : checked;
    tx.pivot();
    // What was paid or refused is written down, whoever cancels now.
    await CancellationScope.nonCancellable(() => stage('close', () => paying.closeInvoice(claim.id, outcome)));
    return { ...outcome, documentId };
  });

  const { requester } = input;
  const letter = letterAbout(read.invoice.number, result);
  if (requester !== undefined) {
    await stage('tell', () =>
      withFallback(() => mail.notify(key('tell'), { to: [`user:${requester}`], ...letter }), undefined),
    );
  }
  return result;
}

/** A document that is not stored yet is ingested by a run of its own, where a reviewer may have to look at it. */
async function ingest(input: InvoiceInput) {
  if ('documentId' in input) return { status: 'stored', documentId: input.documentId } as const;
  const ingestion = await ownChild(key('ingestion'), documentIngestion, input);
  const unreadable = { status: 'unreadable', documentId: null } as const;
  if (ingestion.status === 'cancelled') return { ...unreadable, reason: `${ingestion.child} was cancelled` };
  const { status, documentId, reason = status } = ingestion.value;
  return status === 'stored' && documentId !== null
    ? ({ status, documentId } as const)
    : { ...unreadable, documentId, reason };
}

async function approveAndPay(
  tx: SagaScope,
  checked: Fitting,
  requester: string | undefined,
): Promise<Outcome & { readonly audit: readonly AuditEntry[] }> {
  const { invoice, match } = checked;
  const decision = await approval(checked, requester);
  const audit = [...checked.audit, ...decision.audit];
  if (decision.status !== 'approved') return { ...decision, audit };
  const payment = await tx.step(
    'pay',
    (id) => paying.payInvoice(id, invoice),
    (_, id) => paying.refundInvoice(id),
  );
  return { ...payment, by: decision.by, match, audit };
}

/**
 * Nobody for what is small and certain, one for most, two for what is large or uncertain, or fitted only after somebody had
 * given information. Who asked for the payment does not approve it; if nobody asked, who placed the order does not.
 */
async function approval(
  { invoice, match, informed }: Fitting,
  requester: string | undefined,
): Promise<GateDecision<never>> {
  const quorum = informed ? 2 : match.approvals;
  if (quorum === 0) return { status: 'approved', by: ['policy'], audit: [] };
  return approvalGate({
    name: 'payment',
    subject: { ...invoice, order: match.order, match: match.way },
    approvers: ['role:approver', 'role:finance'],
    requester: requester ?? match.orderedBy,
    quorum,
    timeout: '48 hours',
    remindEvery: '12 hours',
    escalate: [{ after: '24 hours', approvers: ['role:manager'] }],
    notify: remind,
  }).decision();
}

function letterAbout(number: string, result: InvoiceResult): { subject: string; text: string } {
  const why = 'reason' in result ? `: ${result.reason}` : '';
  return { subject: `Invoice ${number}: ${result.status}`, text: `Invoice ${number} was ${result.status}${why}.` };
}
