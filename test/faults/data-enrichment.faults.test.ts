import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EnrichmentInput } from '../../src/activities/enrichment.ts';
import type { EnrichmentResult } from '../../src/workflows/data-enrichment.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { startRatedSource, type RatedSource } from '../support/rated-source.ts';

let harness: Harness;
let source: RatedSource;
beforeAll(async () => {
  source = await startRatedSource(200);
  harness = await startHarness({
    FERMATA_ENRICHMENT_URL: source.url,
    FERMATA_ENRICHMENT_RATE: '200',
    FERMATA_OUTSIDE_ALLOW: '127.0.0.1',
  });
});
afterAll(async () => {
  await harness.stop();
  await source.close();
});

const count = 3;
const values = new Map<string, readonly string[]>();

/** Three rows of the run's own, with values that nobody has asked about before. */
function input(workflowId: string): EnrichmentInput[] {
  const own = Array.from({ length: count }, () => `part ${randomUUID()}`);
  values.set(workflowId, own);
  const rows = own.map((what, index) => ({ key: String(index), data: { what } }));
  return [{ dataset: workflowId, column: 'what', rows }];
}

/** A value is asked about once at most, what is stored is its answer, and the result says what is stored. */
async function invariant({ workflowId, outcome }: Explored): Promise<void> {
  const own = values.get(workflowId) ?? [];
  const asked = own.map((value) => source.answered.filter((each) => each === value).length);
  expect(Math.max(...asked)).toBeLessThanOrEqual(1);
  const stored = await harness.services.db
    .selectFrom('enrichments')
    .innerJoin('etl_rows', 'etl_rows.id', 'enrichments.row_id')
    .select(['value', 'facts'])
    .where('dataset', '=', workflowId)
    .execute();
  for (const { value, facts } of stored) expect(facts).toMatchObject({ value });
  if (outcome.status !== 'completed') return;
  const result = outcome.result as EnrichmentResult;
  if (result.status === 'empty') return;
  expect(result.enriched).toBe(stored.length);
  expect(result.status === 'enriched' ? stored.length : result.failed).toBe(count);
}

describe('data-enrichment, at every fault', () => {
  it('asks about each row once at most, and stores what was said', async () => {
    await explore({
      harness,
      workflow: 'dataEnrichment',
      args: input,
      categories: ['validation', 'dependency'],
      invariant,
    });
  });
});
