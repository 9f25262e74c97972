import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SyncReport } from '../../src/activities/sync.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('data-sync at every point of failure', () => {
  it('has all records of a source or none, and reports as worked exactly what is there', async () => {
    const { db } = harness.services;
    const name = (workflowId: string): string => `stock-${workflowId}`;
    await explore({
      harness,
      workflow: 'dataSync',
      args: (workflowId) => [
        {
          sources: [
            { name: name(workflowId), kind: 'file', path: 'documents/stock-list.csv', format: 'csv', key: 'sku' },
            { name: 'missing', kind: 'file', path: 'no-such-file.csv', format: 'csv', key: 'sku' },
          ],
          tell: ['role:engineer'],
        },
      ],
      async invariant({ workflowId, outcome }) {
        const source = name(workflowId);
        const records = await db.selectFrom('synced_records').select('key').where('source', '=', source).execute();
        const passes = await db.selectFrom('sync_passes').select('inserted').where('source', '=', source).execute();
        expect([0, 4]).toContain(records.length);
        expect(passes).toEqual(records.length === 4 ? [{ inserted: 4 }] : []);
        if (outcome.status !== 'completed') return;
        const { status, worked, failed } = outcome.result as SyncReport;
        expect(worked.length + failed.length).toBe(2);
        expect(failed.map((each) => each.source)).toContain('missing');
        if (worked.length === 1) expect(records).toHaveLength(4);
        const kept = await db
          .selectFrom('sync_reports')
          .select('status')
          .where('run_id', '=', workflowId)
          .executeTakeFirst();
        expect(kept?.status).toBe(status);
      },
    });
  }, 600_000);
});
