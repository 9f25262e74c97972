import { ActivityCancellationType, CancellationScope, proxyActivities, sleep } from '@temporalio/workflow';
import { failure } from '../../../src/failures.ts';
import { map, type ItemJoin, type Tolerance } from '../../../src/workflows/patterns/map.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

interface Options {
  readonly join?: ItemJoin;
  readonly maxConcurrency?: number;
  readonly toleratedFailures?: Tolerance;
}

const readable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each instanceof Error ? each.message : each))) as unknown;

/** Items are minutes; negative: fails after them. */
const minutes = async (item: number): Promise<string> => {
  await sleep(Math.abs(item) * 60_000);
  if (item < 0) throw failure('dependency', `${item} failed`, { type: 'Broken' });
  return `${item} done`;
};

export async function mapped(items: number[], options: Options = {}): Promise<unknown> {
  return readable(await map(items, minutes, options));
}

/** Activities: items are milliseconds, or `null` for one that fails. */
export async function called(items: (number | null)[], options: Options = {}): Promise<unknown> {
  return readable(
    await map(items, (ms, i) => (ms === null ? fail(`item ${i}`, 'resource') : work(`item ${i}`, ms)), options),
  );
}

/** Answers with the largest number of items that ran at once. */
export async function windowed(count: number, maxConcurrency?: number): Promise<number> {
  let running = 0;
  let most = 0;
  await map(
    Array.from({ length: count }, (_, i) => i),
    async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep('1 minute');
      running -= 1;
    },
    maxConcurrency === undefined ? {} : { maxConcurrency },
  );
  return most;
}

/** Activities in a window, hand-written or with `map`; both must leave the same history. */
export async function lanes(by: 'hand' | 'map', count: number): Promise<number> {
  const items = Array.from({ length: count }, (_, i) => i);
  if (by === 'map') return (await map(items, () => work('one'), { maxConcurrency: 5 })).length;
  const results: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work('one');
    }
  };
  await Promise.all(Array.from({ length: 5 }, lane));
  return results.length;
}

/** An item that cancels its own scope takes neither its lane's next items nor its neighbours along. */
export async function selfCancelling(): Promise<unknown> {
  const start = Date.now();
  const sorted = readable(
    await map(
      [1, 2, 3, 4, 5, 6],
      async (item) => {
        if (item === 2) CancellationScope.current().cancel();
        await sleep('1 minute');
        return item;
      },
      { join: 'settled', maxConcurrency: 2 },
    ),
  ) as object;
  return { ...sorted, minutes: Math.round((Date.now() - start) / 60_000) };
}

/** Throws before it returns a promise. */
export async function throwing(): Promise<unknown> {
  const work = (item: number): Promise<number> => {
    if (item === 2) throw failure('logic', 'thrown, not rejected', { type: 'Broken' });
    return Promise.resolve(item);
  };
  return readable(await map([1, 2, 3], work, { join: 'settled' }));
}
