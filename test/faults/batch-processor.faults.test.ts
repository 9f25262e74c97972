import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BatchSummary } from '../../src/workflows/batch-processor.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('batch-processor at every point of failure', () => {
  it('pays each request at most once, keeps what it has started, and its summary agrees with the rows', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'batchProcessor',
      // The bound: one category that is retried and one that is not.
      categories: ['validation', 'dependency'],
      args: (run) => [
        {
          requests: [
            { id: `${run}:r`, type: 'report', report: 'events', from: '2026-11-01', to: '2026-11-30' },
            { id: `${run}:n`, type: 'notification', to: 'user:ada', subject: 'Closed', text: 'November is closed.' },
            { id: `${run}:p`, type: 'payment', payee: 'Neri', amount: '10.00', currency: 'EUR', purpose: `for ${run}` },
          ],
        },
      ],
      async invariant({ workflowId, faults, outcome }) {
        const rows = await db.selectFrom('batch_requests').selectAll().where('id', 'like', `${workflowId}:%`).execute();
        const captured = await db
          .selectFrom('vendor_payments')
          .select('captured_cents')
          .where('key', 'like', `${workflowId}/%`)
          .execute();
        expect(captured.reduce((sum, each) => sum + Number(each.captured_cents), 0)).toBeLessThanOrEqual(1_000);
        if (captured.some((each) => Number(each.captured_cents) > 0)) {
          // Nobody else may take a request whose payment may have happened.
          expect(rows.find(({ type }) => type === 'payment')?.status).toMatch(/^(started|done)$/);
        }
        if (outcome.status !== 'completed') {
          const heldBack = faults.some(({ at, kind }) => at.includes('releaseRequests') && kind.startsWith('fails: '));
          // Letting go that fails for good is what the run then fails with.
          if (heldBack) expect(outcome.status).toBe('failed');
          else expect(rows.filter(({ status }) => status === 'taken')).toEqual([]);
          return;
        }
        const { requests, done, failed } = outcome.result as BatchSummary;
        expect(done + failed).toBe(3);
        for (const { id, status } of requests) {
          if (status === 'done') expect(rows.find((row) => row.id === id)?.status).toBe('done');
        }
      },
    });
  });
});
