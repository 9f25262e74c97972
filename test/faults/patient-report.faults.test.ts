import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PatientReportResult } from '../../src/workflows/patient-report.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const order = {
  patient: { path: 'samples/patients/Stephen_McLaughlin_7735ab79-6ac8-4b81-9936-f7ddabd18751.json' },
};

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('patient-report at every point of failure', () => {
  it('publishes no report without an approval, and at most one', async () => {
    await explore({
      harness,
      workflow: 'patientReport',
      args: () => [order],
      votes: { physician: [{ vote: 'approve', by: 'linus', roles: ['physician'] }] },
      categories: ['validation'],
      async invariant({ workflowId, outcome }) {
        const reports = await harness.services.db
          .selectFrom('patient_reports')
          .selectAll()
          .where('run_id', 'like', `${workflowId}/%`)
          .execute();
        if (outcome.status !== 'completed') {
          expect(reports).toEqual([]);
          return;
        }
        const result = outcome.result as PatientReportResult;
        expect(reports.map((each) => each.approved_by)).toEqual(
          result.status === 'final' ? [result.by.join(', ')] : [],
        );
      },
    });
  });
});
