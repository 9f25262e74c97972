import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { resumable } from '../../../src/activities/resumable.ts';
import { invalid } from '../../../src/failures.ts';
import type { ItemRange } from '../../../src/workflows/patterns/batch.ts';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { leftOpen } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';
import type { Imports } from './batch.workflows.ts';

/** How often each item was imported. */
let items = new Map<number, number>();
let keys: string[] = [];
let prepared = 0;
let pages: (string | null)[] = [];
let underWay = 0;
let mostUnderWay = 0;
let isBad: (item: number) => boolean = () => false;
let isBroken: (range: ItemRange) => boolean = () => false;
let isSourceBroken: (cursor: string | null) => boolean = () => false;
let onImport: (range: ItemRange) => Promise<void> = async () => undefined;
let attempts: number[] = [];

const importItem = (item: number): void => void items.set(item, (items.get(item) ?? 0) + 1);
const numbers = ({ from, to }: ItemRange): number[] => Array.from({ length: to - from }, (_, at) => from + at);

const imports: Imports = {
  async page(cursor, batchSize) {
    pages.push(cursor);
    if (isSourceBroken(cursor)) throw ApplicationFailure.nonRetryable('no source', 'NoSource');
    const from = Number(cursor ?? 0);
    const starts = [from, from + batchSize, from + 2 * batchSize].filter((each) => each < 95);
    const chunks = starts.map((each) => {
      const to = Math.min(95, each + batchSize);
      return { from: each, to, size: to - each };
    });
    const last = chunks.at(-1)?.to ?? 95;
    return { chunks, next: last < 95 ? String(last) : null };
  },
  async importRange(range, key) {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    try {
      keys.push(key.slice(key.indexOf('/') + 1));
      if (isBroken(range)) throw ApplicationFailure.nonRetryable('broken range', 'Broken');
      await onImport(range);
      const bad = numbers(range).filter(isBad);
      for (const item of numbers(range)) if (!isBad(item)) importItem(item);
      const failed = bad.map((item) => ({ item: String(item), error: 'bad' }));
      return { done: range.size - bad.length, failed, skipped: 0 };
    } finally {
      underWay -= 1;
    }
  },
  async importSlowly(range) {
    attempts.push(0);
    return resumable(
      numbers(range),
      async (item) => {
        if (item === 7) throw invalid('NoInvoice', 'not an invoice');
        if (item === 9) return 'skipped';
        if (item === 12 && attempts.length === 1) {
          // Longer than a heartbeat of ours, which must not wipe out the position.
          await setTimeout(1_500);
          throw new Error('the connection broke');
        }
        attempts[attempts.length - 1] = (attempts.at(-1) ?? 0) + 1;
        importItem(item);
        return undefined;
      },
      { nameOf: (item) => `invoice ${String(item)}` },
    );
  },
  async prepare() {
    prepared += 1;
  },
};

const harness = patternTests(new URL('./batch.workflows.ts', import.meta.url), imports);
const { failureIn } = harness;
beforeEach(() => {
  items = new Map();
  keys = [];
  pages = [];
  attempts = [];
  prepared = 0;
  mostUnderWay = 0;
  isBad = () => false;
  isBroken = () => false;
  isSourceBroken = () => false;
  onImport = async () => undefined;
});

/** Every item from 0 up to `total` exactly once. */
function expectEachOnce(total: number): void {
  expect([...items.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, at) => at));
  expect([...items.values()].every((count) => count === 1)).toBe(true);
}

describe('batch', () => {
  it('does every item once, with no more chunks under way than allowed', async () => {
    onImport = () => setTimeout(200);
    await harness.run('counted', [1_234, { batchSize: 100, maxConcurrency: 4 }], async (handle) => {
      const result = { done: 1_234, failed: 0, skipped: 0, total: 1_234, chunks: 13, failures: [] };
      expect(await handle.result()).toEqual({ result, continued: false });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    expectEachOnce(1_234);
    expect(mostUnderWay).toBe(4);
  });

  it('gives every chunk an idempotency key of its own', async () => {
    await harness.run('counted', [30, { batchSize: 10, maxConcurrency: 2 }], async (handle) => {
      await handle.result();
      expect(keys.sort()).toEqual(['batch/0', 'batch/1', 'batch/2']);
    });
  });

  it('takes less than 60 history events for 1,000 items', async () => {
    await harness.run('counted', [10_000, { batchSize: 100, maxConcurrency: 20 }], async (handle) => {
      await handle.result();
      const { events } = await handle.fetchHistory();
      expect((events?.length ?? Infinity) / 10).toBeLessThan(60);
    });
  });

  it('has nothing to do without items', async () => {
    await harness.run('counted', [0, { batchSize: 10, maxConcurrency: 2 }], async (handle) => {
      const result = { done: 0, failed: 0, skipped: 0, total: 0, chunks: 0, failures: [] };
      expect(await handle.result()).toEqual({ result, continued: false });
    });
  });

  it('asks the source page by page', async () => {
    await harness.run('paged', [{ batchSize: 10, maxConcurrency: 2 }], async (handle) => {
      expect(await handle.result()).toMatchObject({ result: { done: 95, total: 95, chunks: 10 } });
      expectEachOnce(95);
      expect(pages).toEqual([null, '30', '60', '90']);
    });
  });

  it('counts failed items and names the first hundred', async () => {
    isBad = (item) => item % 2 === 1;
    await harness.run('counted', [300, { batchSize: 50, maxConcurrency: 1 }], async (handle) => {
      const { result } = (await handle.result()) as { result: { failures: unknown[] } };
      expect(result).toMatchObject({ done: 150, failed: 150, total: 300 });
      expect(result.failures).toHaveLength(100);
      expect(result.failures[0]).toEqual({ item: '1', error: 'bad', chunk: 0 });
    });
  });

  it('counts a chunk that fails with all its items', async () => {
    isBroken = ({ from }) => from === 10;
    await harness.run('counted', [25, { batchSize: 10, maxConcurrency: 2 }], async (handle) => {
      const failures = [{ item: 'chunk 1', error: 'broken range', chunk: 1 }];
      expect(await handle.result()).toMatchObject({ result: { done: 15, failed: 10, total: 25, failures } });
    });
  });

  it.each([
    [2, 'TooManyFailures: 3 items failed, 2 are tolerated'],
    ['2%' as const, 'TooManyFailures: 3 items failed, 2 are tolerated'],
  ])('fails once more than %s failed, after the chunks under way', async (toleratedFailures, message) => {
    isBad = (item) => item >= 20 && item < 23;
    const options = { batchSize: 10, maxConcurrency: 2, toleratedFailures };
    await harness.run('counted', [100, options], async (handle) => {
      expect(await failureOf(handle.result())).toBe(message);
      expect(keys.length).toBeLessThan(7);
      expect(underWay).toBe(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('judges a share at the end when the source does not know how much there is', async () => {
    isBad = (item) => item < 5;
    await harness.run('paged', [{ batchSize: 10, maxConcurrency: 1, toleratedFailures: '5%' }], async (handle) => {
      expect(await failureOf(handle.result())).toBe('TooManyFailures: 5 items failed, 4 are tolerated');
      expect(items.size).toBe(90);
    });
  });

  it('fails with the error of its source, after the chunks under way', async () => {
    isSourceBroken = (cursor) => cursor === '60';
    await harness.run('paged', [{ batchSize: 10, maxConcurrency: 2 }], async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/no source/);
      expect(underWay).toBe(0);
    });
  });

  it('shows counts in the progress tree', async () => {
    isBad = (item) => item === 1;
    await harness.run('counted', [20, { batchSize: 10, maxConcurrency: 1 }], async (handle) => {
      await handle.result();
      const tree = await handle.query<ProgressNode>('progress');
      expect(tree.children.at(-1)).toMatchObject({ kind: 'batch', state: 'done' });
      expect(tree.children.at(-1)?.outcome).toMatch(/^19 done, 1 failed/);
    });
  });

  it('shows no speed before any time has passed', async () => {
    await harness.run('instant', [], async (handle) => {
      await handle.result();
      const { children } = await handle.query<ProgressNode>('progress');
      expect(children[0]?.outcome).toBe('10 done');
    });
  });

  it('ends as cancelled when the run is cancelled, and waits for its chunks', async () => {
    const reached = new Promise<void>((resolve) => {
      onImport = async () => {
        const signal = cancellationSignal();
        resolve();
        await setTimeout(30_000, undefined, { signal }).catch(() => undefined);
        throw signal.reason as Error;
      };
    });
    await harness.run('counted', [100, { batchSize: 10, maxConcurrency: 2 }], async (handle) => {
      await reached;
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(underWay).toBe(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('cancels its child workflows when the run is cancelled', async () => {
    await harness.run('byWaitingChildren', [100], async (handle) => {
      const children = [0, 1].map((index) => `${handle.workflowId}/batch/${String(index)}`);
      for (const child of children) while (!(await exists(child))) await setTimeout(20);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      for (const child of children) {
        expect((await harness.env.client.workflow.getHandle(child).describe()).status.name).toBe('CANCELLED');
      }
    });
  });

  it('does chunks in child workflows', async () => {
    await harness.run('byChildren', [40], async (handle) => {
      expect(await handle.result()).toMatchObject({ done: 40, chunks: 4 });
      expectEachOnce(40);
    });
  });

  it.each([
    ['miscounting', 'Miscounted: chunk 0 of 10 items reported 11 done, 0 failed and 0 skipped'],
    ['goingInCircles', "SourceStuck: the source gave 'a' as the cursor after itself"],
  ])('fails clearly when it is %s', async (workflow, message) => {
    expect(await failureIn(workflow)).toBe(message);
  });

  it.each([
    [{ batchSize: 0, maxConcurrency: 1 }, 'batchSize: expected a whole number of at least 1, got 0'],
    [{ batchSize: 1, maxConcurrency: 2_000 }, 'maxConcurrency: expected a whole number from 1 to 1,000, got 2000'],
    [
      { batchSize: 1, maxConcurrency: 1, toleratedFailures: '-1%' },
      "toleratedFailures: expected a number or a share such as '5%', got -1%",
    ],
  ])('refuses %j', async (options, message) => {
    expect(await failureIn('paged', options)).toBe(`BadArgument: ${message}`);
    expect(pages).toEqual([]);
  });
});

describe('a long batch', () => {
  it('continues as new and does every item once, with failures counted once', async () => {
    isBad = (item) => item % 100 === 7;
    const options = { batchSize: 10, maxConcurrency: 4, maxHistoryEvents: 80 };
    await harness.run('counted', [1_000, options], async (handle) => {
      const result = { done: 990, failed: 10, skipped: 0, total: 1_000, chunks: 100 };
      expect(await handle.result()).toMatchObject({ result, continued: true });
      expect(items.size).toBe(990);
      expect([...items.values()].every((count) => count === 1)).toBe(true);
      expect(new Set(keys).size).toBe(100);
      expect(prepared).toBe(1);
    });
  });

  it('goes on with the cursor of its source', async () => {
    await harness.run('paged', [{ batchSize: 5, maxConcurrency: 2, maxHistoryEvents: 40 }], async (handle) => {
      expect(await handle.result()).toMatchObject({ result: { done: 95, total: 95, chunks: 19 }, continued: true });
      expectEachOnce(95);
      expect(pages).toEqual([null, '15', '30', '45', '60', '75', '90']);
    });
  });
});

describe('resumable', () => {
  it('resumes a retried chunk with the item that broke, and repeats none that was done', async () => {
    await harness.run('resumed', [], async (handle) => {
      expect(await handle.result()).toMatchObject({
        done: 18,
        failed: 1,
        skipped: 1,
        failures: [{ item: 'invoice 7', error: 'not an invoice', chunk: 0 }],
      });
      expect(attempts).toEqual([10, 8]);
      expect([...items.values()].every((count) => count === 1)).toBe(true);
    });
  });
});

async function exists(workflowId: string): Promise<boolean> {
  return harness.env.client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    );
}
