import { gunzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/activities/index.ts';
import type { EtlInput } from '../../src/activities/etl.ts';
import { etlPipelineProcess } from '../../src/catalog/etl-pipeline.ts';
import { failure } from '../../src/failures.ts';
import { redriveRun } from '../../src/runs/redrive.ts';
import type { EtlResult } from '../../src/workflows/etl-pipeline.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, runProcess, type Faults, type Handle } from '../support/process.ts';
import { until } from '../support/until.ts';

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

const load = <T>(input: EtlInput, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'etlPipeline', input, work, faults);
const result = (handle: Handle): Promise<EtlResult> => handle.result() as Promise<EtlResult>;

let files = 0;
async function put(text: string): Promise<{ path: string }> {
  files += 1;
  const path = join(folder, `rows-${String(files)}`);
  await writeFile(path, text);
  return { path };
}

const people = { columns: { name: { from: 'name' }, age: { from: 'age', type: 'integer' } }, key: ['name'] } as const;
async function csv(dataset: string, text: string, more: Partial<EtlInput> = {}): Promise<EtlInput> {
  return { source: { kind: 'csv', file: await put(text) }, dataset, ...people, ...more };
}
/** Lines for so many people, synthetic: p1, p2, … and their number as age. */
const many = (count: number): string =>
  `name,age\n${Array.from({ length: count }, (_, index) => `p${String(index)},${String(index)}`).join('\n')}\n`;

const rowsOf = async (dataset: string): Promise<unknown[]> =>
  (
    await harness.services.db
      .selectFrom('etl_rows')
      .select('data')
      .where('dataset', '=', dataset)
      .orderBy('key')
      .execute()
  ).map(({ data }) => data);
const rejectsOf = ({ workflowId }: Handle) =>
  harness.services.db
    .selectFrom('etl_rejects')
    .select(['source_row', 'raw', 'reason'])
    .where('load_id', '=', `${workflowId}/load`)
    .orderBy('source_row')
    .execute();

describe('etl-pipeline', () => {
  it('loads a file of 10,003 questions in batches of 1,000, profiles them, tells the analysts and keeps a copy', async () => {
    await load(etlPipelineProcess.sample as EtlInput, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'loaded', read: 10_003, loaded: 10_003, rejected: 0, missing: 0 });
      if (ended.status !== 'loaded') throw new Error('not loaded');
      const kept = (await rowsOf('support-questions')).length;
      expect(ended.analytics).toMatchObject([
        { column: 'question', filled: kept },
        { column: 'intent', distinct: 77 },
      ]);
      expect(ended.told).toBe('told');
      if (typeof ended.backup === 'string') throw new Error('no backup');
      expect(ended.backup.rows).toBe(kept);
      expect(await backedUp(ended.backup.manifest)).toBe(kept);
      const { events } = await handle.fetchHistory();
      const chunks = events?.filter(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'loadRows',
      );
      expect(chunks).toHaveLength(11);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('rejects bad rows one by one, each with its number, its text and the reason', async () => {
    const text = 'name,age\r\nada,36\r\n"grace, h.",x\r\n"un"closed,1\r\nlinus\r\n\r\n,5\r\n"two\nlines",7\r\n';
    await load(await csv('bad-rows', text), async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'loaded', read: 6, loaded: 2, rejected: 4 });
      expect(await rowsOf('bad-rows')).toEqual([
        { name: 'ada', age: 36 },
        { name: 'two\nlines', age: 7 },
      ]);
      expect((await rejectsOf(handle)).map(({ source_row, reason }) => [Number(source_row), reason])).toEqual([
        [2, "age: expected a whole number, got 'x'"],
        [3, 'a quote is misplaced'],
        [4, 'has 1 columns instead of 2'],
        [5, 'name: is empty'],
      ]);
    });
  });

  it('takes JSON lines from the file store', async () => {
    const bytes = Buffer.from('{"name":"ada","age":36}\nno json\n[1]\n{"name":"grace","age":"85"}');
    const file = { hash: await harness.services.files.put(bytes), name: 'people.jsonl', size: bytes.length };
    await load({ source: { kind: 'jsonl', file }, dataset: 'jsonl', ...people }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'loaded', read: 4, loaded: 2, rejected: 2 });
      expect(await rowsOf('jsonl')).toEqual([
        { name: 'ada', age: 36 },
        { name: 'grace', age: 85 },
      ]);
    });
  });

  it('takes the rows of a table as they were when it began', async () => {
    const { db } = harness.services;
    for (const id of ['one', 'two', 'three']) await db.insertInto('circuits').values({ name: id }).execute();
    const columns = { name: { from: 'name' }, state: { from: 'state' } };
    const input = { source: { kind: 'table', table: 'circuits' }, dataset: 'table', columns, key: ['name'] } as const;
    await load(input, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'loaded', read: 3, loaded: 3 });
      expect(await rowsOf('table')).toContainEqual({ name: 'two', state: 'closed' });
    });
  });

  it('keeps the last of two rows with one key, and a later load replaces both', async () => {
    await load(await csv('twice', `${many(1_500)}p1,1000\n`), async (handle) => {
      expect(await result(handle)).toMatchObject({ read: 1_501, loaded: 1_501 });
      expect(await rowsOf('twice')).toHaveLength(1_500);
      expect(await rowsOf('twice')).toContainEqual({ name: 'p1', age: 1_000 });
    });
    await load(await csv('twice', 'name,age\np1,7\n'), async (handle) => {
      expect(await result(handle)).toMatchObject({ read: 1, loaded: 1 });
      expect(await rowsOf('twice')).toContainEqual({ name: 'p1', age: 7 });
    });
  });

  it('loads nothing from a file without the columns that it was told, or from none', async () => {
    await load(await csv('wrong', 'first,second\na,b\n'), async (handle) => {
      const ended = await result(handle);
      expect(ended.status === 'invalid' && ended.problems).toEqual([
        "the file has no column 'name'; it has first, second",
        "the file has no column 'age'; it has first, second",
      ]);
    });
    const nowhere = {
      source: { kind: 'csv', file: { path: join(folder, 'nowhere') } },
      dataset: 'wrong',
      ...people,
    } as const;
    await load(nowhere, async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'invalid',
        problems: [expect.stringMatching(/no such file/)],
      });
      expect(await rowsOf('wrong')).toHaveLength(0);
    });
  });

  it('accepts a file without rows', async () => {
    await load(await csv('empty', 'name,age\n', { analytics: true, backup: true }), async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'loaded',
        read: 0,
        analytics: [{ filled: 0 }, {}],
        backup: { rows: 0 },
      });
    });
  });

  it('loads every row once although each chunk is done twice and its first answer is lost', async () => {
    const lost = lostAnswers();
    await load(
      await csv('twice-done', many(3_000)),
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'loaded', read: 3_000, loaded: 3_000 });
        expect(await rowsOf('twice-done')).toHaveLength(3_000);
      },
      lost,
    );
  });

  it('is partial when a chunk cannot be loaded, says how many rows are missing, and redrives only those', async () => {
    const dataset = 'redriven';
    const input = await csv(dataset, many(20_000), { notify: ['role:analyst'] });
    const calls: number[] = [];
    let isDown = true;
    const failing: Faults = (real) => ({
      async loadRows(ref, chunk) {
        if (isDown && chunk.first === 4_001) throw failure('logic', 'the disk is full', { type: 'DiskFull' });
        calls.push(chunk.first);
        return real.loadRows(ref, chunk);
      },
    });
    await load(
      input,
      async (handle) => {
        const counts = { read: 20_000, loaded: 19_000, missing: 1_000 };
        expect(await result(handle)).toMatchObject({ status: 'partial', ...counts, told: 'told' });
        isDown = false;
        calls.length = 0;
        const { client, settings } = harness;
        await redriveRun({ client, settings, close: () => Promise.resolve() }, handle.workflowId);
        const redriven = client.workflow.getHandle(handle.workflowId);
        expect(await redriven.result()).toMatchObject({ status: 'loaded', read: 20_000, loaded: 20_000, missing: 0 });
        expect(calls).toEqual([4_001]);
        expect(await rowsOf(dataset)).toHaveLength(20_000);
      },
      failing,
    );
  });

  it('gives up when more than a tenth of the rows cannot be loaded', async () => {
    await load(
      await csv('down', many(2_000)),
      async (handle) => expect(await failureOf(handle.result())).toMatch(/items failed/),
      broken('loadRows'),
    );
  });

  it('does not load a file that changes while it is loaded', async () => {
    const input = await csv('changing', many(5_000));
    const changing: Faults = (real: Activities) => ({
      async planLoad(...args) {
        const planned = await real.planLoad(...args);
        if (input.source.kind === 'csv' && 'path' in input.source.file)
          await writeFile(input.source.file.path, 'name,age\n');
        return planned;
      },
    });
    await load(
      input,
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(/items failed/);
        expect(await rowsOf('changing')).toHaveLength(0);
      },
      changing,
    );
  });

  it('has loaded all the same when nobody can be told and no copy can be kept', async () => {
    const all = await csv('alone', many(10), { analytics: true, backup: true, notify: ['role:analyst'] });
    await load(
      all,
      async (handle) =>
        expect(await result(handle)).toMatchObject({
          status: 'loaded',
          loaded: 10,
          told: 'failed',
          backup: 'failed',
          analytics: [{}, {}],
        }),
      (real) => ({ ...broken('notify')(real), ...broken('backUpLoad')(real) }),
    );
  });

  it('leaves whole chunks and nothing under way when it is cancelled', async () => {
    let begin = (): void => undefined;
    const atWork = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await load(
      await csv('cancelled', many(30_000)),
      async (handle) => {
        const ended = failureOf(handle.result());
        await atWork;
        // The server that skips time loses a run whose activity ends at the moment of its cancellation.
        await until(async () => (await rowsOf('cancelled')).length >= 10_000, 'the rows were not loaded');
        await pause(1_000);
        await handle.cancel();
        expect(await ended).toMatch(/^CancelledFailure/);
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
        const rows = (await rowsOf('cancelled')).length;
        expect(rows).toBe(10_000);
      },
      (real) => ({
        async loadRows(ref, chunk) {
          if (chunk.first > 10_000) {
            const signal = cancellationSignal();
            begin();
            await new Promise((resolve) => {
              signal.addEventListener('abort', resolve);
            });
          }
          return real.loadRows(ref, chunk);
        },
      }),
    );
  });

  it('takes no notice of messages that it does not know', async () => {
    await load(await csv('late', many(10)), async (handle) => {
      await handle.signal('hurry', 'please');
      expect(await result(handle)).toMatchObject({ status: 'loaded', loaded: 10 });
    });
  });
});

/** Each chunk's first attempt does its work and then fails. */
function lostAnswers(): Faults {
  const seen = new Set<number>();
  return (real) => ({
    async loadRows(ref, chunk) {
      const outcome = await real.loadRows(ref, chunk);
      if (seen.has(chunk.first)) return outcome;
      seen.add(chunk.first);
      throw ApplicationFailure.retryable('the answer is lost');
    },
  });
}

async function backedUp(manifest: string): Promise<number> {
  const { files: store } = harness.services;
  const { parts } = JSON.parse(Buffer.from(await store.get(manifest)).toString('utf8')) as { parts: string[] };
  const texts = await Promise.all(parts.map(async (part) => gunzipSync(await store.get(part)).toString('utf8')));
  return texts.join('').split('\n').length - 1;
}
