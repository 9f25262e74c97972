import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EtlInput } from '../../src/activities/etl.ts';
import type { EtlResult } from '../../src/workflows/etl-pipeline.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
let folder: string;
beforeAll(async () => {
  harness = await startHarness();
  folder = await mkdtemp(join(tmpdir(), 'fermata-etl-'));
});
afterAll(async () => {
  await harness.stop();
  await rm(folder, { recursive: true, force: true });
});

const read = 12;
const rejected = 2;

/** Ten good rows and two bad ones, synthetic, for a data set of the run's own. */
async function input(workflowId: string): Promise<EtlInput[]> {
  const path = join(folder, `${workflowId}.csv`);
  const good = Array.from({ length: read - rejected }, (_, index) => `p${String(index)},${String(index)}`);
  await writeFile(path, ['name,age', ...good, 'bad,x', ',1', ''].join('\n'));
  return [
    {
      source: { kind: 'csv', file: { path } },
      dataset: workflowId,
      columns: { name: { from: 'name' }, age: { from: 'age', type: 'integer' } },
      key: ['name'],
      analytics: true,
      backup: true,
      notify: ['role:analyst'],
    },
  ];
}

async function tablesOf(workflowId: string): Promise<{ rows: number; rejects: number; chunks: number; mails: number }> {
  const { db } = harness.services;
  const count = async (rows: Promise<unknown[]>): Promise<number> => (await rows).length;
  const loadId = `${workflowId}/load`;
  return {
    rows: await count(db.selectFrom('etl_rows').select('id').where('dataset', '=', workflowId).execute()),
    rejects: await count(db.selectFrom('etl_rejects').select('reason').where('load_id', '=', loadId).execute()),
    chunks: await count(db.selectFrom('etl_chunks').select('loaded').where('load_id', '=', loadId).execute()),
    mails: await count(db.selectFrom('mails').select('subject').where('subject', 'like', `%${workflowId}%`).execute()),
  };
}

/** Every row is loaded or rejected, or nothing of its chunk is there; and what the result says is what is there. */
async function invariant({ workflowId, outcome }: Explored): Promise<void> {
  const tables = await tablesOf(workflowId);
  const isLoaded = tables.chunks === 1;
  expect(tables.rows).toBe(isLoaded ? read - rejected : 0);
  expect(tables.rejects).toBe(isLoaded ? rejected : 0);
  expect(tables.mails).toBeLessThanOrEqual(1);
  if (outcome.status !== 'completed') return;
  const result = outcome.result as EtlResult;
  if (result.status === 'invalid') return;
  expect(result).toMatchObject({ loaded: tables.rows, rejected: tables.rejects });
  expect(result.loaded + result.rejected + result.missing).toBe(result.read);
  expect(result.status).toBe(isLoaded ? 'loaded' : 'partial');
  if (result.told === 'told') expect(tables.mails).toBe(1);
}

describe('etl-pipeline, at every fault', () => {
  it('has loaded or rejected every row, or nothing of a chunk', async () => {
    await explore({
      harness,
      workflow: 'etlPipeline',
      args: input,
      categories: ['validation', 'dependency'],
      invariant,
    });
  });
});
