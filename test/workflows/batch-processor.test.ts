import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BatchRequest } from '../../src/activities/batch-requests.ts';
import { batchProcessorProcess } from '../../src/catalog/batch-processor.ts';
import { failure } from '../../src/failures.ts';
import { redriveRun } from '../../src/runs/redrive.ts';
import type { Runs } from '../../src/runs.ts';
import type { BatchSummary } from '../../src/workflows/batch-processor.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { runProcess, type Faults, type Handle } from '../support/process.ts';

const days = { from: '2026-11-01', to: '2026-11-30' };
const report = (id: string): BatchRequest => ({ id, type: 'report', report: 'payments', ...days });
const note = (id: string, to: string): BatchRequest => ({
  id,
  type: 'notification',
  to,
  subject: `Note ${id}`,
  text: `Text of ${id}`,
});
const payment = (id: string, amount = '10.00'): BatchRequest => ({
  id,
  type: 'payment',
  payee: 'Neri',
  amount,
  currency: 'EUR',
  purpose: `Invoice ${id}`,
});

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const process = <T>(requests: BatchRequest[], work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'batchProcessor', { requests }, work, faults);
const result = (handle: Pick<Handle, 'result'>): Promise<BatchSummary> => handle.result() as Promise<BatchSummary>;
const rowsOf = (...ids: string[]) =>
  harness.services.db.selectFrom('batch_requests').selectAll().where('id', 'in', ids).orderBy('id').execute();
const paidFor = (id: string) =>
  harness.services.db.selectFrom('payments').selectAll().where('purpose', '=', `Invoice ${id}`).execute();
const mailsOn = (text: string) =>
  harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${text}%`).execute();

describe('batch-processor', () => {
  it('makes reports in runs of their own, sends one mail a recipient, and pays one by one', async () => {
    const { requests } = batchProcessorProcess.input.parse(batchProcessorProcess.sample) as {
      requests: BatchRequest[];
    };
    await process(requests, async (handle) => {
      const summary = await result(handle);
      expect(summary).toMatchObject({ status: 'complete', done: 7, refused: 0, failed: 0, repeated: 0 });
      expect(summary.requests.map(({ id }) => id)).toEqual(requests.map(({ id }) => id));
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      const { events } = await handle.fetchHistory();
      const children = events?.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
      expect(children).toHaveLength(2);
    });
    expect(await mailsOn('2 messages: Month closed; Audit')).toHaveLength(1);
    expect((await rowsOf(...requests.map(({ id }) => id))).map(({ status }) => status)).toEqual(
      requests.map(() => 'done'),
    );
  });

  it('writes a report of what there is, by day and currency', async () => {
    const today = new Date().toISOString().slice(0, 10);
    await process([payment('paid-today', '12.34')], result);
    const [row] = await process([{ ...report('r-today'), from: today, to: today } as BatchRequest], async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'complete' });
      return rowsOf('r-today');
    });
    const [name, hash = ''] = row?.detail?.split(' ') ?? [];
    expect(name).toBe(`payments-${today}-${today}.csv`);
    const text = new TextDecoder().decode(await harness.services.files.get(hash));
    expect(text).toMatch(/^what,currency,count,amount\r\n[^]*paid,EUR,\d+,\d+\.\d\d\r\n$/);
  });

  it('says which requests failed and which were refused, does the others, and redrives only what failed', async () => {
    const requests = [
      payment('a-1'),
      payment('a-2', '13.13'),
      payment('a-3'),
      note('a-4', 'user:nobody'),
      report('a-5'),
    ];
    let broken = true;
    const paid: string[] = [];
    const faults: Faults = (real) => ({
      payRequest(key, request) {
        paid.push(request.id);
        if (broken && request.id === 'a-3') throw failure('logic', 'the bank is shut', { type: 'Broken' });
        return real.payRequest(key, request);
      },
      gatherReport(span) {
        if (broken) throw failure('logic', 'no figures yet', { type: 'Broken' });
        return real.gatherReport(span);
      },
    });
    await harness.withWorker(async (taskQueue) => {
      const runs: Runs = { client: harness.client, settings: harness.settings, close: () => Promise.resolve() };
      const workflowId = 'payday';
      const args = [{ requests }];
      const handle = await harness.client.workflow.start('batchProcessor', { taskQueue, workflowId, args });
      expect(await result(handle)).toMatchObject({
        status: 'partial',
        done: 1,
        refused: 1,
        failed: 3,
        requests: [
          { id: 'a-1', status: 'done' },
          { id: 'a-2', status: 'refused' },
          { id: 'a-3', status: 'failed', detail: 'the bank is shut' },
          { id: 'a-4', status: 'failed', detail: 'there is nobody called user:nobody' },
          { id: 'a-5', status: 'failed', detail: 'no figures yet' },
        ],
      });

      broken = false;
      paid.length = 0;
      const next = await redriveRun(runs, workflowId);
      expect(await result(harness.client.workflow.getHandle(workflowId, next.runId))).toMatchObject({
        status: 'partial',
        done: 3,
        refused: 1,
        failed: 1,
      });
      expect(paid).toEqual(['a-3']);
    }, faults);
    expect(await paidFor('a-1')).toHaveLength(1);
    expect(await paidFor('a-3')).toHaveLength(1);
  });

  it('does a request once, whichever batches it is in', async () => {
    const first = await process([payment('once')], async (handle) => {
      await result(handle);
      return handle.workflowId;
    });
    await process([payment('once'), payment('other')], async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'complete',
        done: 1,
        repeated: 1,
        requests: [
          { id: 'once', status: 'repeated', detail: first },
          { id: 'other', status: 'done' },
        ],
      });
    });
    expect(await paidFor('once')).toHaveLength(1);
  });

  it('makes at most five reports at a time, and pays one after the other', async () => {
    const now = { report: 0, payment: 0 };
    const most = { report: 0, payment: 0 };
    const slowly = async <T>(kind: keyof typeof now, work: () => Promise<T>): Promise<T> => {
      now[kind] += 1;
      most[kind] = Math.max(most[kind], now[kind]);
      await new Promise((done) => setTimeout(done, 200));
      const value = await work();
      now[kind] -= 1;
      return value;
    };
    const many = [1, 2, 3, 4, 5, 6, 7].map((n) => report(`m-r-${String(n)}`));
    const requests = [...many, payment('m-1'), payment('m-2'), payment('m-3')];
    await process(requests, result, (real) => ({
      gatherReport: (span) => slowly('report', () => real.gatherReport(span)),
      payRequest: (key, request) => slowly('payment', () => real.payRequest(key, request)),
    }));
    expect(most.payment).toBe(1);
    expect(most.report).toBeGreaterThan(1);
    expect(most.report).toBeLessThanOrEqual(5);
  });

  it('ends as cancelled, with its children, and lets go of what it had not started', async () => {
    const requests = [payment('c-1'), payment('c-2'), report('c-3')];
    await process(
      requests,
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
        const child = await harness.client.workflow.getHandle(`${handle.workflowId}/c-3`).describe();
        expect(child.status.name).toBe('CANCELLED');
        expect(await rowsOf('c-1', 'c-2', 'c-3')).toEqual([]);
      },
      () => ({
        async gatherReport() {
          const signal = cancellationSignal();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw signal.reason as Error;
        },
        async payRequest(key) {
          const signal = cancellationSignal();
          await harness.client.workflow.getHandle(key.split('/')[0] ?? '').cancel();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw signal.reason as Error;
        },
      }),
    );
  });

  it.each([
    [{ requests: [] }, 'requests: expected at least one request'],
    [{ requests: [payment('x'), payment('x')] }, 'two requests have the same id'],
    [{ requests: [payment('x', '0.00')] }, 'expected more than 0'],
    [{ requests: [{ ...report('x'), to: '2026-01-01' }] }, 'is before from'],
  ])('refuses %j', (input, message) => {
    const parsed = batchProcessorProcess.input.safeParse(input);
    const lines = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n');
    expect(lines).toContain(message);
  });
});
