import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Applicant } from '../../src/activities/due-diligence.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { DueDiligenceResult } from '../../src/workflows/due-diligence.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const applicant: Applicant = {
  name: 'Nofile Noether',
  documentNumber: 'C01X00T47',
  birthDate: '1982-03-23',
  country: 'DE',
  referees: ['David Hilbert', 'A silent referee'],
  requester: 'katherine',
};

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  // Of the four vendors only credit takes its time.
  for (const kind of ['identity', 'references', 'background'] as const) {
    await setBehaviour(harness.services.db, kind, { paceMs: 0 });
  }
});
afterAll(() => harness.stop());

describe('due-diligence at every point of failure', () => {
  it('approves nobody without every check or an analyst, and leaves no open assessment behind', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'dueDiligence',
      args: () => [applicant],
      votes: { analysis: [{ vote: 'approve', by: 'florence', roles: ['analyst'] }] },
      categories: ['validation', 'dependency'],
      // The four vendors' checks are the same code: one of them, that has to be waited for, stands for all.
      only: ({ label }) => !/identity|references|records/.test(label),
      async invariant({ workflowId, outcome, faults }) {
        const row = await db
          .selectFrom('assessments')
          .select(['status', 'decided_by'])
          .where('run_id', '=', `${workflowId}/assessment`)
          .executeTakeFirst();
        if (row?.status === 'approved') expect(row.decided_by).toBe('florence');
        if (outcome.status === 'completed') {
          const result = outcome.result as DueDiligenceResult;
          expect(row?.status).toBe(result.status);
          if (result.status === 'approved') expect(result.by).toEqual(['florence']);
          for (const check of result.risk.defaulted) expect(result.findings[check].status).toBe('unavailable');
          return;
        }
        // Only a second fault can keep an assessment from being taken back; one that was decided stands.
        if (faults.length < 2) expect(row?.status).not.toBe('checking');
      },
    });
  });
});
