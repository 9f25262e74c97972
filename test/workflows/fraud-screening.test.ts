import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancellationSignal } from '@temporalio/activity';
import type { FraudInput, FraudResult, Screening } from '../../src/workflows/fraud-screening.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { leftOpen, untilIdle } from '../support/history.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';
import { until } from '../support/until.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

/** A customer and a device that nobody has seen before. */
const newTransaction = (changes: Partial<FraudInput> = {}): FraudInput => ({
  customer: `C-${randomUUID()}`,
  email: 'customer@shop.example',
  home: 'DE',
  amount: '42.90',
  currency: 'EUR',
  goods: 'groceries',
  country: 'DE',
  device: `D-${randomUUID()}`,
  at: '2026-11-20T14:05:00Z',
  answerWithinMs: 30_000,
  ...changes,
});
const doubtful = (changes: Partial<FraudInput> = {}) =>
  newTransaction({ country: 'BR', goods: 'electronics', amount: '380.00', ...changes });
const bad = (changes: Partial<FraudInput> = {}) =>
  newTransaction({ country: 'BR', goods: 'gift-cards', amount: '4900.00', at: '2026-11-20T03:05:00Z', ...changes });

const pay = <T>(input: FraudInput, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'fraudScreening', input, work, faults);
const result = (handle: Handle): Promise<FraudResult> => handle.result() as Promise<FraudResult>;
const answer = (handle: Handle): Promise<Screening> => handle.executeUpdate<Screening, []>('screened');
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db
    .selectFrom('card_transactions')
    .select(['status', 'decided_by'])
    .where('run_id', '=', `${workflowId}/record`)
    .executeTakeFirst();
const blocksOf = async (customer: string): Promise<number> =>
  (await harness.services.db.selectFrom('card_blocks').selectAll().where('customer', '=', customer).execute()).length;
const alertsAbout = async (customer: string): Promise<number> =>
  (
    await harness.services.db
      .selectFrom('mails')
      .selectAll()
      .where('subject', 'like', `%blocked: ${customer}`)
      .execute()
  ).length;

/** The code, as soon as it was mailed. */
async function codeOf({ workflowId }: Handle): Promise<string> {
  const { db } = harness.services;
  const codes = db.selectFrom('step_up_codes').select('code').where('run_id', '=', `${workflowId}/record`);
  return (await until(() => codes.executeTakeFirst(), 'no code was made')).code;
}

const hanging =
  (name: 'lookUpDevice' | 'recallHistory'): Faults =>
  () => ({
    [name]: () => {
      const signal = cancellationSignal();
      return new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    },
  });

describe('fraud-screening', () => {
  it('lets an ordinary transaction pass, and tells the caller before the run ends', async () => {
    const input = newTransaction();
    await pay(input, async (handle) => {
      expect(await answer(handle)).toMatchObject({ decision: 'pass', missing: [] });
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'passed', by: ['policy'] });
      expect(ended.screening.model?.heldBackAuc).toBeGreaterThan(0.8);
      expect(await rowOf(handle)).toEqual({ status: 'passed', decided_by: 'policy' });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('blocks fraud at once, with customer and device, and alerts the investigators once', async () => {
    const input = bad();
    await pay(input, async (handle) => {
      expect(await answer(handle)).toMatchObject({ decision: 'block' });
      expect(await result(handle)).toMatchObject({ status: 'blocked', by: 'policy' });
      expect(await rowOf(handle)).toEqual({ status: 'blocked', decided_by: 'policy' });
      expect(await blocksOf(input.customer)).toBe(1);
      expect(await alertsAbout(input.customer)).toBeGreaterThanOrEqual(1);
    });
    await pay(newTransaction({ customer: input.customer }), async (handle) => {
      const { screening } = await result(handle);
      expect(screening).toMatchObject({ decision: 'block', reason: expect.stringMatching(/block .* stands/) });
    });
  });

  it('asks the customer for the code, then an investigator who sees the answer', async () => {
    await pay(doubtful(), async (handle) => {
      expect(await answer(handle)).toMatchObject({ decision: 'step-up' });
      await handle.signal('confirm', 'not it');
      await handle.signal('confirm', await codeOf(handle));
      const gate = await untilOpen(handle, 'investigation');
      expect(gate.subject).toMatchObject({ customer: 'confirmed' });
      expect((await decide(handle, { vote: 'approve', by: 'ada', roles: ['reviewer'] })).status).toBe('refused');
      await decide(handle, { vote: 'approve', by: 'hedy', roles: ['investigator'] });
      expect(await result(handle)).toMatchObject({ status: 'released', by: ['hedy'], customer: 'confirmed' });
      expect(await rowOf(handle)).toEqual({ status: 'released', decided_by: 'hedy' });
    });
  });

  it('takes three wrong codes for a no, and blocks when the investigator rejects; a late vote changes nothing', async () => {
    const input = doubtful();
    await pay(input, async (handle) => {
      for (const code of ['1', '2', '3']) await handle.signal('confirm', code);
      await handle.signal('confirm', { not: 'a code' });
      expect((await untilOpen(handle, 'investigation')).subject).toMatchObject({ customer: 'failed' });
      await decide(handle, { vote: 'reject', by: 'hedy', roles: ['investigator'], reason: 'stolen' });
      const late = decide(handle, { vote: 'approve', by: 'florence', roles: ['investigator'] });
      await late.then(
        (said) => expect(said).toMatchObject({ status: 'alreadyDecided', outcome: 'rejected' }),
        (error: unknown) => expect(String(error)).toMatch(/not found|completed|NotFound/i),
      );
      expect(await result(handle)).toMatchObject({ status: 'blocked', by: 'hedy', reason: 'stolen' });
      expect(await blocksOf(input.customer)).toBe(1);
    });
  });

  it('blocks what nobody decides: the customer is silent, reminders go out, and a day passes', async () => {
    const input = doubtful();
    await pay(input, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'blocked', by: 'policy', customer: 'silent' });
      expect(await alertsAbout(input.customer)).toBeGreaterThanOrEqual(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('goes to the investigator when the code cannot be mailed', async () => {
    await pay(
      doubtful(),
      async (handle) => {
        expect((await untilOpen(handle, 'investigation')).subject).toMatchObject({ customer: 'unreachable' });
        await decide(handle, { vote: 'approve', by: 'hedy', roles: ['investigator'] });
        expect(await result(handle)).toMatchObject({ status: 'released', customer: 'unreachable' });
      },
      broken('sendStepUpCode'),
    );
  });

  it.each(['lookUpDevice', 'recallHistory'] as const)(
    'answers in time with what it has when %s hangs, and scores higher for it',
    async (name) => {
      const input = newTransaction({ answerWithinMs: 10_000 });
      await pay(
        input,
        async (handle) => {
          const { missing, score, answeredInMs } = await answer(handle);
          expect(missing).toEqual([name === 'lookUpDevice' ? 'device' : 'history']);
          expect(answeredInMs).toBeLessThanOrEqual(10_000);
          expect(score).toBeGreaterThan(0.03);
          await handle.cancel();
          await handle.result().catch(() => undefined);
          expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
        },
        hanging(name),
      );
    },
  );

  it('asks customer and investigator when nothing can be scored', async () => {
    await pay(
      newTransaction(),
      async (handle) => {
        expect(await answer(handle)).toMatchObject({ decision: 'step-up', score: null, model: null });
        expect(await result(handle)).toMatchObject({ status: 'blocked', by: 'policy' });
      },
      broken('scoreTransaction'),
    );
  });

  it('takes the transaction back when it is cancelled while the customer is asked', async () => {
    await pay(doubtful(), async (handle) => {
      await codeOf(handle);
      await untilIdle(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(await rowOf(handle)).toBeUndefined();
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
