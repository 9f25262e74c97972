/** Comparing an invoice with its order, and asking about what does not fit. */
import { proxyActivities } from '@temporalio/workflow';
import type { z } from 'zod';
import type { Invoice, InvoiceActivities, Match } from '../activities/invoices.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import type { DocumentFields } from '../services/documents/types.ts';
import { bestEffort, ordinary } from './activity-options.ts';
import { editedFields } from './document-fields.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { iterate } from './patterns/iterate.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

type Matched = Extract<Match, { readonly status: 'matched' }>;
type Mismatched = Extract<Match, { readonly status: 'mismatched' }>;

/** An invoice that fits its order. `informed`: only after somebody had given information. */
export interface Fitting {
  readonly status: 'matched';
  readonly invoice: Invoice;
  readonly match: Matched;
  readonly informed: boolean;
  readonly audit: readonly AuditEntry[];
}

/** One that does not, and will not. */
export type Unfitting = { readonly audit: readonly AuditEntry[] } & (
  | { readonly status: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly status: 'unmatched'; readonly reason: string }
);

interface Asking {
  readonly invoice: Invoice;
  readonly match: Match;
  readonly ended?:
    { readonly status: 'rejected'; readonly by: string; readonly reason: string } | { readonly status: 'expired' };
  readonly audit: readonly AuditEntry[];
}

const invoices = proxyActivities<InvoiceActivities>(ordinary);
const mail = proxyActivities<NotifyActivities>(bestEffort);
const mostQuestions = 3;

/** Matches an invoice with its order; asks about a mismatch, at most three times, and matches again. */
export async function matchOrAsk(id: string, invoice: Invoice): Promise<Fitting | Unfitting> {
  const first = await stage('match', () => invoices.matchInvoice(id, invoice));
  const { state, iterations } = await iterate<Asking>(
    { invoice, match: first, audit: [] },
    (asking, round) => ask(id, asking, round),
    { until: ({ match, ended }) => match.status === 'matched' || ended !== undefined, maxIterations: mostQuestions },
  );
  const { match, ended, audit } = state;
  if (match.status === 'matched') {
    return { status: 'matched', invoice: state.invoice, match, informed: iterations > 0, audit };
  }
  if (ended?.status === 'rejected') return { ...ended, audit };
  const why = ended === undefined ? '' : 'nobody knew more within 72 hours: ';
  return { status: 'unmatched', reason: `${why}${messagesOf(match).join('; ')}`, audit };
}

/** Writes to the supplier and the buyers, and waits until one of ours knows more. */
async function ask(id: string, { invoice, match, audit }: Asking, round: number): Promise<Asking> {
  if (match.status === 'matched') return { invoice, match, audit };
  const letter = letterAbout(invoice, match);
  await stage('ask', () => withFallback(() => mail.notify(key(`ask ${String(round)}`), letter), undefined));
  const { document, kind, format, confidence, fields } = invoice;
  const decision = await approvalGate<DocumentFields>({
    name: 'information',
    subject: { document, kind, format, confidence, fields, problems: match.problems },
    approvers: ['role:buyer', 'role:finance'],
    timeout: '72 hours',
    remindEvery: '24 hours',
    editable: orderOnly(fields),
    notify: remind,
  }).decision();
  const heard = [...audit, ...decision.audit];
  if (decision.status === 'expired') return { invoice, match, audit: heard, ended: { status: 'expired' } };
  if (decision.status === 'rejected') {
    const { by, reason } = decision;
    return { invoice, match, audit: heard, ended: { status: 'rejected', by, reason } };
  }
  const orderReference = decision.edited?.orderReference ?? fields.orderReference;
  const known = { ...invoice, fields: { ...fields, orderReference } };
  return { invoice: known, match: await stage('match again', () => invoices.matchInvoice(id, known)), audit: heard };
}

/** Who gives information names the order; what the invoice says of money and goods stays as it is. */
function orderOnly(fields: DocumentFields): z.ZodType<DocumentFields> {
  const fixed = ({ number, seller, currency, netTotal, grandTotal, amountDue, lines }: DocumentFields): string =>
    JSON.stringify([
      number,
      seller,
      currency,
      netTotal,
      grandTotal,
      amountDue,
      lines.map((line) => [line.quantity, line.unitPrice]),
    ]);
  return editedFields.refine(
    (edited) => fixed(edited) === fixed(fields),
    'only the order reference can be changed here',
  );
}

function letterAbout({ number, supplier }: Invoice, match: Mismatched) {
  const lines = messagesOf(match).map((message) => `- ${message}`);
  return {
    to: [...(match.contact === null ? [] : [match.contact]), 'role:buyer'],
    subject: `Invoice ${number} of ${supplier}: we need to know more`.slice(0, 200),
    text: ['It does not fit our order:', '', ...lines, '', `Please answer with the invoice number ${number}.`].join(
      '\n',
    ),
  };
}

function messagesOf({ problems }: Mismatched): string[] {
  return problems.map(({ message }) => message);
}
