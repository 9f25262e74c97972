import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunFacts } from '../../src/services/run-reader.ts';
import type { ReportResult } from '../../src/workflows/scheduled-report.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const facts: readonly RunFacts[] = [
  {
    workflowType: 'expenseApproval',
    state: 'completed',
    durationMs: 5_000,
    waitedMs: 4_000,
    routes: [],
    iterations: 0,
    microUsd: 0,
  },
];

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  // The server that skips time cannot list runs.
  Object.assign(harness.services, {
    runReader: { closedBetween: () => Promise.resolve([...facts]), close: () => Promise.resolve() },
  });
});
afterAll(() => harness.stop());

describe('scheduled-report at every point of failure', () => {
  it('mails its page at most once, and keeps the page whatever becomes of the mail', async () => {
    await explore({
      harness,
      workflow: 'scheduledReport',
      args: () => [{ hours: 24, to: ['role:manager'] }],
      async invariant({ workflowId, outcome }) {
        const sent = await harness.services.db
          .selectFrom('mail_outbox')
          .selectAll()
          .where('key', 'like', `${workflowId}/%`)
          .where('status', '=', 'sent')
          .execute();
        expect(sent.length).toBeLessThanOrEqual(1);
        if (outcome.status !== 'completed') return;
        const result = outcome.result as ReportResult;
        expect(await harness.services.files.has(result.page.hash)).toBe(true);
        if (result.status === 'mailed') expect(sent).toHaveLength(1);
      },
    });
  });
});
