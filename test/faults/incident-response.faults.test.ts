import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Alert } from '../../src/services/incident-store.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { IncidentResult } from '../../src/workflows/incident-response.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const alertOf = (service: string): Alert => ({
  service,
  severity: 'critical',
  title: 'Requests fail',
  description: 'Every request fails with status 502.',
});

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await setBehaviour(harness.services.db, 'infrastructure', { paceMs: 0 });
});
afterAll(() => harness.stop());

describe('incident-response at every point of failure', () => {
  it('resolves, hands over or withdraws every incident, and restarts at most three times', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'incidentResponse',
      async args(workflowId) {
        const service = `flaky-2-${workflowId}`;
        await db
          .insertInto('services')
          .values({ name: service, area: 'application', restartable: true })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        return [alertOf(service)];
      },
      votes: { acknowledge: [{ vote: 'approve', by: 'hedy', roles: ['on-call'] }] },
      // One category that is retried and one that is not; the others are treated like one of them.
      categories: ['dependency', 'logic'],
      // The rounds of a poll are alike.
      only: ({ label }) => !/poll \/ round (?:[3-9]|\d\d)/.test(label),
      async invariant({ workflowId, outcome }) {
        const row = await db
          .selectFrom('incidents')
          .selectAll()
          .where('id', '=', `${workflowId}/ticket`)
          .executeTakeFirst();
        const restarts = await db
          .selectFrom('vendor_calls')
          .select('key')
          .where('vendor', '=', 'infrastructure')
          .where('operation', '=', 'restart')
          .where('key', 'like', `${workflowId}/%`)
          .execute();
        expect(restarts.length).toBeLessThanOrEqual(3);
        // Where even the undo fails, the leads have a mail.
        if (row && !isStuck(outcome)) expect(row.status).not.toBe('open');
        if (row?.status === 'escalated') expect(row.owner).not.toBeNull();
        if (outcome.status === 'completed') {
          const result = outcome.result as IncidentResult;
          expect(row).toMatchObject({ status: result.status, owner: result.owner, report: result.report });
        }
      },
    });
  });
});

function isStuck(outcome: Explored['outcome']): boolean {
  return outcome.status === 'failed' && String(outcome.error).includes('could not undo');
}
