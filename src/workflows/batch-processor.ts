import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type {
  BatchRequest,
  BatchRequestActivities,
  NotificationRequest,
  PaymentRequest,
  ReportRequest,
} from '../activities/batch-requests.ts';
import { ordinary, persistent } from './activity-options.ts';
import { reasonOf } from './reason-of.ts';
import { map } from './patterns/map.ts';
import { parallel } from './patterns/parallel.ts';
import { saga } from './patterns/saga.ts';
import { key } from './patterns/stage.ts';
import { requestedReport } from './requested-report.ts';

/** How one request ended. `refused` is an answer for good; what `failed` is done again by a redrive. */
interface RequestOutcome {
  readonly id: string;
  readonly status: 'done' | 'refused' | 'failed' | 'repeated';
  /** What came of it, why it was refused or failed, or which batch has done it. */
  readonly detail: string;
}

/** What became of a batch. `failed`: nothing could be done. */
export interface BatchSummary {
  readonly status: 'complete' | 'partial' | 'failed';
  readonly done: number;
  readonly refused: number;
  readonly failed: number;
  /** Requests that another batch has. */
  readonly repeated: number;
  /** In the order of the requests. */
  readonly requests: readonly RequestOutcome[];
}

const requests = proxyActivities<BatchRequestActivities>(ordinary);
const letGo = proxyActivities<BatchRequestActivities>(persistent);

/** Does many requests, each kind in its best way; one that fails leaves the others alone. */
export async function batchProcessor(batch: { readonly requests: readonly BatchRequest[] }): Promise<BatchSummary> {
  const id = workflowInfo().workflowId;
  return saga(async (tx) => {
    const taken = await tx.step(
      'take',
      () =>
        requests.takeRequests(
          id,
          batch.requests.map(({ id, type }) => ({ id, type })),
        ),
      () => letGo.releaseRequests(id),
    );
    const repeated = taken.map((other): RequestOutcome => ({ id: other.id, status: 'repeated', detail: other.batch }));
    const ours = batch.requests.filter((request) => !taken.some((other) => other.id === request.id));

    const { reports, notifications, payments } = await parallel({
      reports: () => makeReports(ours.filter((each) => each.type === 'report')),
      notifications: () => sendDigests(ours.filter((each) => each.type === 'notification')),
      payments: () => payEach(ours.filter((each) => each.type === 'payment')),
    });
    return summaryOf(batch.requests, [...repeated, ...reports, ...notifications, ...payments]);
  });
}

/** Reports take long: each is a run of its own, five at a time. */
async function makeReports(reports: readonly ReportRequest[]): Promise<RequestOutcome[]> {
  const make = (request: ReportRequest) =>
    executeChild(requestedReport, { workflowId: key(request.id), args: [request] });
  const { succeeded, failed } = await map(reports, make, { join: 'settled', maxConcurrency: 5 });
  return [
    ...succeeded.map(({ item, value }) => ended(item, 'done', `${value.name} ${value.hash}`)),
    ...failed.map(({ item, error }) => ended(item, 'failed', reasonOf(error))),
  ];
}

/** Whoever gets several messages gets them in one mail. */
async function sendDigests(notices: readonly NotificationRequest[]): Promise<RequestOutcome[]> {
  const recipients = [...new Set(notices.map(({ to }) => to))];
  const digests = recipients.map((to) => [to, notices.filter((each) => each.to === to)] as const);
  const send = ([to, all]: (typeof digests)[number]) => requests.sendDigest(key(`mail ${to}`), to, all);
  const { succeeded, failed } = await map(digests, send, { join: 'settled', maxConcurrency: 10 });
  return [
    ...succeeded.flatMap(({ item: [to, all] }) => all.map((each) => ended(each, 'done', `mailed to ${to}`))),
    ...failed.flatMap(({ item: [, all], error }) => all.map((each) => ended(each, 'failed', reasonOf(error)))),
  ];
}

/** Money goes out one payment after the other. */
async function payEach(payments: readonly PaymentRequest[]): Promise<RequestOutcome[]> {
  const pay = (request: PaymentRequest) => requests.payRequest(key(request.id), request);
  const { succeeded, failed } = await map(payments, pay, { join: 'settled', maxConcurrency: 1 });
  return [
    ...succeeded.map(({ item, value }) =>
      value.status === 'paid' ? ended(item, 'done', value.reference) : ended(item, 'refused', value.reason),
    ),
    ...failed.map(({ item, error }) => ended(item, 'failed', reasonOf(error))),
  ];
}

function ended({ id }: BatchRequest, status: RequestOutcome['status'], detail: string): RequestOutcome {
  return { id, status, detail };
}

function summaryOf(asked: readonly BatchRequest[], outcomes: readonly RequestOutcome[]): BatchSummary {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const all = asked.flatMap(({ id }) => byId.get(id) ?? []);
  const count = (status: RequestOutcome['status']): number => all.filter((each) => each.status === status).length;
  const [done, refused, failed] = [count('done'), count('refused'), count('failed')];
  const complete = refused + failed === 0;
  const status = complete ? 'complete' : done === 0 ? 'failed' : 'partial';
  return { status, done, refused, failed, repeated: count('repeated'), requests: all };
}
