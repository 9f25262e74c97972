/** Activities on the requests of a batch. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import type { Directory } from '../services/directory.ts';
import type { FileStore, StoredFile } from '../services/files.ts';
import type { Mailer } from '../services/mail.ts';
import { toCents } from '../services/money.ts';
import { payOnce, type PaymentOutcome } from '../services/payments.ts';
import * as store from '../services/request-store.ts';
import { reportRows, toCsv, type ReportSpan } from '../services/requested-reports.ts';
import type { Vendors } from '../services/vendors.ts';
import { invalid } from '../failures.ts';

/** Something that somebody asks for. `id` is given by whoever asks; one request is done once. */
export type BatchRequest = ReportRequest | NotificationRequest | PaymentRequest;

export interface ReportRequest extends ReportSpan {
  readonly id: string;
  readonly type: 'report';
}

/** `to`: `user:ada`, `role:approver` or an address. */
export interface NotificationRequest {
  readonly id: string;
  readonly type: 'notification';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** `amount` is decimal text such as `129.50`. */
export interface PaymentRequest {
  readonly id: string;
  readonly type: 'payment';
  readonly payee: string;
  readonly amount: string;
  readonly currency: string;
  readonly purpose: string;
}

export interface BatchRequestServices {
  readonly db: Database;
  readonly mail: Mailer;
  readonly directory: Directory;
  readonly vendors: Vendors;
  readonly files: FileStore;
}

type Rows = Awaited<ReturnType<typeof reportRows>>;

export interface BatchRequestActivities {
  /** Takes the requests for a batch; says which of them another batch has. */
  takeRequests(batch: string, requests: readonly { readonly id: string; readonly type: string }[]): Promise<Taken>;
  /** Lets go of what the batch has taken and not started. */
  releaseRequests(batch: string): Promise<void>;
  gatherReport(span: ReportSpan): Promise<Rows>;
  /** Writes the report as CSV into the file store, and notes that the request is done. */
  storeReport(request: ReportRequest, rows: Rows): Promise<StoredFile>;
  /** One mail with everything for one recipient, and a note that the requests are done. */
  sendDigest(key: string, to: string, notices: readonly NotificationRequest[]): Promise<void>;
  payRequest(key: string, request: PaymentRequest): Promise<PaymentOutcome>;
}

type Taken = Awaited<ReturnType<typeof store.takeRequests>>;

export function createBatchRequestActivities(services: BatchRequestServices): BatchRequestActivities {
  const { db, mail, directory, files } = services;
  return {
    takeRequests: (batch, requests) => store.takeRequests(db, batch, requests),
    releaseRequests: (batch) => store.releaseRequests(db, batch),
    gatherReport: (span) => reportRows(db, span),
    async storeReport({ id, report, from, to }, rows) {
      const bytes = new TextEncoder().encode(toCsv(rows));
      const file = { hash: await files.put(bytes), name: `${report}-${from}-${to}.csv`, size: bytes.length };
      await store.endRequests(db, [id], { status: 'done', detail: `${file.name} ${file.hash}` });
      return file;
    },
    async sendDigest(key, who, notices) {
      const signal = cancellationSignal();
      const to = directory.addressesOf([who]);
      if (to.length === 0) throw invalid('NoRecipient', `there is nobody called ${who}`);
      const ids = notices.map(({ id }) => id);
      await store.startRequests(db, ids);
      await mail.send({ key, to, ...digest(notices) }, signal);
      await store.endRequests(db, ids, { status: 'done', detail: `mailed to ${to.join(', ')}` });
    },
    async payRequest(key, { id, payee, amount, currency, purpose }) {
      const payment = { key, payee, amountCents: toCents(amount), currency, purpose };
      const signal = cancellationSignal();
      await store.startRequests(db, [id]);
      const outcome = await payOnce(services, payment, signal);
      const paid = outcome.status === 'paid';
      const detail = paid ? outcome.reference : outcome.reason;
      await store.endRequests(db, [id], { status: paid ? 'done' : 'refused', detail });
      return outcome;
    },
  };
}

function digest(notices: readonly NotificationRequest[]): { readonly subject: string; readonly text: string } {
  const [only] = notices;
  if (only && notices.length === 1) return { subject: only.subject, text: only.text };
  const text = notices.map((notice) => `${notice.subject}\n${notice.text}`).join('\n\n');
  return {
    subject: `${String(notices.length)} messages: ${notices
      .map(({ subject }) => subject)
      .join('; ')
      .slice(0, 150)}`,
    text,
  };
}
