import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { businessAdviceProcess } from '../../src/catalog/business-advice.ts';
import type { AdviceResult } from '../../src/workflows/business-advice.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('business-advice at every point of failure', () => {
  it('keeps one report of the advice that it gives, and never claims to have reasoned', async () => {
    const { db, files } = harness.services;
    await explore({
      harness,
      workflow: 'businessAdvice',
      args: () => [businessAdviceProcess.sample],
      // The others are retried like one of these two.
      categories: ['validation', 'dependency'],
      // The months are queried as the products are.
      // The local models always refuse to converse; how a model's own failures end is in the process's tests.
      only: ({ label }) => !/months|chatTurn/u.test(label),
      async invariant({ workflowId, outcome }) {
        const kept = await db.selectFrom('advice').selectAll().where('key', '=', `${workflowId}/report`).execute();
        expect(kept.length).toBeLessThanOrEqual(1);
        for (const { report, status, confidence } of kept) {
          expect(await files.has(report)).toBe(true);
          expect(status).toBe('limited');
          expect(confidence).toBeLessThanOrEqual(0.3);
        }
        if (outcome.status !== 'completed') return;
        expect(kept).toMatchObject([{ report: (outcome.result as AdviceResult).report }]);
      },
    });
  });
});
