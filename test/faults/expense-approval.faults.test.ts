import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Expense } from '../../src/services/expense-store.ts';
import type { ExpenseResult } from '../../src/workflows/expense-approval.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const expense: Expense = {
  employee: 'ada',
  amount: '1840.00',
  currency: 'EUR',
  category: 'travel',
  description: 'Train to Turin',
  date: '2026-11-12',
};

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('expense-approval at every point of failure', () => {
  it('pays at most once, never without approval, and leaves no open expense behind', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'expenseApproval',
      args: () => [expense],
      votes: { approval: [{ vote: 'approve', by: 'linus', roles: ['approver'] }] },
      async invariant({ workflowId, outcome }) {
        const row = await db
          .selectFrom('expenses')
          .select('status')
          .where('run_id', '=', `${workflowId}/record`)
          .executeTakeFirst();
        const payments = await db
          .selectFrom('vendor_payments')
          .selectAll()
          .where('key', 'like', `${workflowId}/pay%`)
          .execute();
        const net = payments.reduce((sum, each) => sum + Number(each.captured_cents) - Number(each.refunded_cents), 0);
        const paid = row?.status === 'paid' || (outcome.status === 'failed' && row?.status === 'open' && net > 0);
        expect(net).toBe(paid ? 184_000 : 0);
        if (outcome.status === 'completed') {
          const result = outcome.result as ExpenseResult;
          expect(row?.status).toBe(result.status === 'invalid' ? undefined : result.status);
          if (result.status === 'paid') expect(result.by).toEqual(['linus']);
        }
      },
    });
  });
});
