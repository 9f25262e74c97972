import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Expense } from '../../src/services/expense-store.ts';
import type { ExpenseResult } from '../../src/workflows/expense-approval.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';

const large: Expense = {
  employee: 'ada',
  amount: '1840.00',
  currency: 'EUR',
  category: 'travel',
  description: 'Train to Turin',
  date: '2026-11-12',
};
const small: Expense = { ...large, amount: '999.99', description: 'Dinner' };

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const claim = <T>(expense: Expense, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'expenseApproval', expense, work, faults);
const result = (handle: Handle): Promise<ExpenseResult> => handle.result() as Promise<ExpenseResult>;
const statusOf = async ({ workflowId }: Handle): Promise<string | undefined> =>
  (
    await harness.services.db
      .selectFrom('expenses')
      .select('status')
      .where('run_id', '=', `${workflowId}/record`)
      .executeTakeFirst()
  )?.status;
const paymentsOf = async ({ workflowId }: Handle): Promise<number> =>
  (await harness.services.db.selectFrom('payments').selectAll().where('key', '=', `${workflowId}/pay`).execute())
    .length;
const mailsAbout = async (text: string): Promise<number> =>
  (await harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${text}%`).execute()).length;

describe('expense-approval', () => {
  it('pays a small expense without anybody, and tells the employee', async () => {
    await claim(small, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'paid', by: ['policy'] });
      expect(await statusOf(handle)).toBe('paid');
      expect(await paymentsOf(handle)).toBe(1);
      expect(await mailsAbout('Expense paid: 999.99 EUR')).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('has somebody else approve a large one, pays it once, and keeps who decided', async () => {
    await claim(large, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { vote: 'approve', by: 'linus', roles: ['approver'] });
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'paid', by: ['linus'] });
      expect(ended.audit?.some(({ by, what }) => by === 'linus' && what.startsWith('approve'))).toBe(true);
      expect(await paymentsOf(handle)).toBe(1);
    });
  });

  it('does not let the spender approve, whatever the role', async () => {
    await claim({ ...large, employee: 'grace' }, async (handle) => {
      await untilOpen(handle);
      const answer = await decide(handle, { vote: 'approve', by: 'grace', roles: ['approver'] });
      expect(answer).toMatchObject({ status: 'refused', code: 'ownRequest' });
      await decide(handle, { vote: 'reject', by: 'linus', roles: ['approver'], reason: 'no receipt' });
      expect(await result(handle)).toMatchObject({ status: 'rejected', by: 'linus', reason: 'no receipt' });
      expect(await paymentsOf(handle)).toBe(0);
      expect(await statusOf(handle)).toBe('rejected');
    });
  });

  it('reminds, lets a manager decide after half a day, and expires after a day', async () => {
    await claim({ ...large, description: 'Slow decision' }, async (handle) => {
      const ended = await result(handle);
      expect(ended.status).toBe('expired');
      expect(ended.audit?.map(({ what }) => what)).toContain('escalated to role:manager');
      expect(await mailsAbout('Still waiting: approval')).toBe(2);
      expect(await mailsAbout('Now yours to decide: approval')).toBe(1);
      expect(await paymentsOf(handle)).toBe(0);
      expect(await statusOf(handle)).toBe('expired');
    });
  });

  it('answers a late vote with what was decided', async () => {
    await claim(large, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { vote: 'approve', by: 'linus', roles: ['approver'] });
      const late = decide(handle, { vote: 'reject', by: 'grace', roles: ['approver'], reason: 'too late' });
      await late.then(
        (answer) => expect(answer).toMatchObject({ status: 'alreadyDecided', outcome: 'approved', by: ['linus'] }),
        (error: unknown) => expect(String(error)).toMatch(/not found|completed|NotFound/i),
      );
      expect(await result(handle)).toMatchObject({ status: 'paid', by: ['linus'] });
    });
  });

  it('refuses a day in the future and pays nothing', async () => {
    await claim({ ...small, date: '2999-01-01' }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'invalid', problems: [expect.stringMatching(/future/)] });
      expect(await statusOf(handle)).toBeUndefined();
    });
  });

  it('says so when the payment is declined', async () => {
    await claim({ ...small, amount: '13.13' }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'declined', by: ['policy'] });
      expect(await statusOf(handle)).toBe('declined');
    });
  });

  it('pays once although the payment service fails at first', async () => {
    await claim(
      small,
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'paid' });
        expect(await paymentsOf(handle)).toBe(1);
      },
      broken('payExpense', 'dependency', 3),
    );
  });

  it('decides the same when no mail can be sent', async () => {
    await claim(
      small,
      async (handle) => expect(await result(handle)).toMatchObject({ status: 'paid' }),
      broken('notify', 'dependency'),
    );
  });

  it('withdraws the expense when it is cancelled while it waits', async () => {
    await claim(large, async (handle) => {
      await untilOpen(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await statusOf(handle)).toBeUndefined();
      expect(await paymentsOf(handle)).toBe(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
