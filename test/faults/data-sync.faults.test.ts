import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SyncReport } from '../../src/activities/sync.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const size = { stock: 4, suppliers: 3 };

describe('data-sync at every point of failure', () => {
  it('has all records of a source or none, and reports as worked exactly what is there', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'dataSync',
      args: () => [
        {
          sources: [
            { name: 'stock', kind: 'file', path: 'documents/stock-list.csv', format: 'csv', key: 'sku' },
            { name: 'suppliers', kind: 'file', path: 'sync/suppliers.jsonl', format: 'jsonl', key: 'id' },
          ],
          tell: ['role:engineer'],
        },
      ],
      async invariant({ workflowId, outcome }) {
        const passes = await db
          .selectFrom('sync_passes')
          .selectAll()
          .where('key', 'like', `${workflowId}/%`)
          .orderBy('source')
          .execute();
        for (const { source, inserted, updated, unchanged, removed } of passes) {
          const records = await db.selectFrom('synced_records').select('key').where('source', '=', source).execute();
          expect(records).toHaveLength(size[source as keyof typeof size]);
          expect({ count: inserted + updated + unchanged, removed }).toEqual({ count: records.length, removed: 0 });
        }
        if (outcome.status !== 'completed') return;
        const { status, worked, failed } = outcome.result as SyncReport;
        expect([...worked, ...failed].map(({ source }) => source).sort()).toEqual(Object.keys(size));
        // What was stored without an answer may count as failed, never the other way round.
        expect(passes.map(({ source }) => source)).toEqual(expect.arrayContaining(worked.map(({ source }) => source)));
        const kept = await db
          .selectFrom('sync_reports')
          .select('status')
          .where('run_id', '=', workflowId)
          .executeTakeFirst();
        expect(kept?.status).toBe(status);
      },
    });
  });
});
