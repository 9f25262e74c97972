import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnrichmentInput } from '../../src/activities/enrichment.ts';
import { dataEnrichmentProcess } from '../../src/catalog/data-enrichment.ts';
import type { EnrichmentResult } from '../../src/workflows/data-enrichment.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { runProcess, type Faults, type Handle } from '../support/process.ts';
import { startRatedSource, type RatedSource } from '../support/rated-source.ts';
import { until } from '../support/until.ts';

const callsPerSecond = 25;

let harness: Harness;
let source: RatedSource;
beforeAll(async () => {
  source = await startRatedSource(callsPerSecond);
  harness = await startHarness({
    FERMATA_ENRICHMENT_URL: source.url,
    FERMATA_ENRICHMENT_RATE: String(callsPerSecond),
    FERMATA_ENRICHMENT_PAUSE_S: '0.3',
    FERMATA_OUTSIDE_ALLOW: '127.0.0.1',
  });
});
afterAll(async () => {
  await harness.stop();
  await source.close();
});
beforeEach(() => {
  source.clear();
});

const run = <T>(input: EnrichmentInput, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'dataEnrichment', input, work, faults);
const result = (handle: Handle): Promise<EnrichmentResult> => handle.result() as Promise<EnrichmentResult>;

/** A data set of its own with these values in the column `what`. */
function rowsWith(values: readonly string[]): EnrichmentInput {
  const rows = values.map((what, index) => ({ key: `row ${String(index)}`, data: { what } }));
  return { dataset: `set-${randomUUID()}`, column: 'what', rows };
}
/** Values that nobody has asked about before. An id alone may begin with `bad`, which the source refuses. */
const fresh = (count: number): string[] => Array.from({ length: count }, () => `part ${randomUUID()}`);

const storedIn = ({ dataset }: EnrichmentInput) =>
  harness.services.db
    .selectFrom('enrichments')
    .innerJoin('etl_rows', 'etl_rows.id', 'enrichments.row_id')
    .select(['etl_rows.key', 'enrichments.value', 'enrichments.found', 'enrichments.facts'])
    .where('etl_rows.dataset', '=', dataset)
    .orderBy('etl_rows.id')
    .execute();

/** The most calls in any window of a second. */
function busiest(arrivals: readonly number[]): number {
  return Math.max(...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length));
}

describe('data-enrichment', () => {
  it('enriches each row once, and never asks oftener than it may', async () => {
    const values = fresh(120);
    const input = rowsWith(values);
    await run(input, async (handle) => {
      const counts = { rows: 120, enriched: 120, asked: 120, cached: 0, unknown: 0, skipped: 0, failed: 0 };
      expect(await result(handle)).toMatchObject({ status: 'enriched', ...counts });
      expect([...source.answered].sort()).toEqual([...values].sort());
      expect(source.refused()).toBe(0);
      expect(busiest(source.arrivals)).toBeLessThanOrEqual(callsPerSecond);
      const stored = await storedIn(input);
      expect(stored.map(({ value, facts }) => [value, facts])).toEqual(
        values.map((value) => [value, { value, length: value.length }]),
      );
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('asks once about a value that many rows have, and not at all when it was answered before', async () => {
    const [value = ''] = fresh(1);
    await run(rowsWith(Array.from({ length: 30 }, () => value)), async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'enriched', enriched: 30, asked: 1, cached: 29 });
    });
    await run(rowsWith([value]), async (handle) => {
      expect(await result(handle)).toMatchObject({ enriched: 1, asked: 0, cached: 1 });
      expect(source.answered).toEqual([value]);
    });
  });

  it('skips rows without a value, and those that it knows already', async () => {
    const input = rowsWith([...fresh(2), '']);
    await run(input, async (handle) => expect(await result(handle)).toMatchObject({ enriched: 2, skipped: 1 }));
    await run(input, async (handle) => expect(await result(handle)).toMatchObject({ enriched: 0, skipped: 3 }));
    await run({ ...input, maxAgeHours: 0 }, async (handle) =>
      expect(await result(handle)).toMatchObject({ enriched: 2, asked: 0, cached: 2, skipped: 1 }),
    );
  });

  it('stores that the source knows nothing, and names the rows that it refuses', async () => {
    const input = rowsWith([...fresh(18), `unknown ${randomUUID()}`, `bad ${randomUUID()}`]);
    await run(input, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'partial', enriched: 19, unknown: 1, failed: 1 });
      expect(ended.status !== 'empty' && ended.failures).toMatchObject([
        { item: 'row 19', error: expect.stringMatching(/400/) },
      ]);
      expect(await storedIn(input)).toHaveLength(19);
    });
  });

  it('gives up when the source refuses more than a tenth of the rows', async () => {
    await run(rowsWith(['bad 1', 'bad 2', ...fresh(8)]), async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/items failed/);
    });
  });

  it('waits as long as the source asks, and goes on with the same row', async () => {
    source.refuseNext(3);
    const values = fresh(10);
    await run(rowsWith(values), async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'enriched', enriched: 10, asked: 10 });
      expect(source.refused()).toBe(3);
      expect(source.answered).toEqual(values);
    });
  });

  it('leaves a source alone that is down, waits, and then enriches every row once', async () => {
    const values = fresh(60);
    const input = rowsWith(values);
    source.setDown(true);
    const circuit = async () => {
      const circuits = await harness.services.db.selectFrom('circuits').selectAll().execute();
      return circuits.find(({ name }) => name.startsWith('enrichment'));
    };
    try {
      await run(input, async (handle) => {
        await until(async () => (await circuit())?.state === 'open', 'the circuit did not open');
        source.setDown(false);
        expect(await result(handle)).toMatchObject({
          status: 'enriched',
          rows: 60,
          enriched: 60,
          asked: 60,
          failures: [],
        });
        expect([...source.answered].sort()).toEqual([...values].sort());
        const closed = await circuit();
        expect(closed?.state).toBe('closed');
        // Opened at least once and closed again: each change of its state raises the version.
        expect(closed?.version).toBeGreaterThanOrEqual(4);
        // Five failures and one probe each 0.3 s: without the breaker it would be asked each time an attempt begins.
        expect(source.arrivals.length - values.length).toBeLessThan(16);
      });
    } finally {
      source.setDown(false);
    }
  });

  it('says that a data set is empty', async () => {
    await run({ dataset: 'nothing-here', column: 'what' }, async (handle) =>
      expect(await result(handle)).toEqual({ status: 'empty' }),
    );
  });

  it('stops asking when it is cancelled, also while it waits for its turn', async () => {
    const input = rowsWith(fresh(200));
    await run(input, async (handle) => {
      const ended = failureOf(handle.result());
      await until(() => source.answered.length >= 10, 'the source did not answer');
      await handle.cancel();
      expect(await ended).toMatch(/^CancelledFailure/);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      const asked = source.arrivals.length;
      expect(asked).toBeLessThan(200);
      await new Promise((done) => setTimeout(done, 200));
      expect(source.arrivals).toHaveLength(asked);
      expect((await storedIn(input)).length).toBeLessThanOrEqual(asked);
    });
  });

  it('takes no notice of messages that it does not know', async () => {
    await run(rowsWith(fresh(1)), async (handle) => {
      await handle.signal('hurry', 'please');
      expect(await result(handle)).toMatchObject({ status: 'enriched' });
    });
  });
});

describe('data-enrichment without settings', () => {
  it('asks the embedded source, which knows countries', async () => {
    const embedded = await startHarness();
    try {
      await runProcess(embedded, 'dataEnrichment', dataEnrichmentProcess.sample as EnrichmentInput, async (handle) => {
        const counts = { rows: 5, enriched: 5, asked: 4, cached: 1, unknown: 1 };
        expect(await result(handle)).toMatchObject({ status: 'enriched', ...counts });
        const { facts } = await embedded.services.db
          .selectFrom('enrichments')
          .select('facts')
          .where('value', '=', 'JP')
          .executeTakeFirstOrThrow();
        expect(facts).toMatchObject({ name: 'Japan', language: 'Japanese', script: 'Jpan' });
      });
    } finally {
      await embedded.stop();
    }
  });
});
