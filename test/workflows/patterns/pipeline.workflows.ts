import { ActivityCancellationType, proxyActivities, sleep } from '@temporalio/workflow';
import { failure } from '../../../src/failures.ts';
import { pipeline, type PipelineJoin } from '../../../src/workflows/patterns/pipeline.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

const readable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each instanceof Error ? each.message : each))) as unknown;

/** Minutes that each item takes in the first and in the second stage; negative: fails there. Answers with the total too. */
export async function staged(
  items: [number, number][],
  limits: [number, number],
  join: PipelineJoin = 'all',
): Promise<{ result: unknown; minutes: number; most: number[] }> {
  const running = [0, 0];
  const most = [0, 0];
  const start = Date.now();
  const take = async (stage: 0 | 1, item: [number, number]): Promise<void> => {
    running[stage] = (running[stage] as number) + 1;
    most[stage] = Math.max(most[stage] as number, running[stage]);
    await sleep(Math.abs(item[stage]) * 60_000);
    running[stage] -= 1;
    if (item[stage] < 0) throw failure('logic', `stage ${stage + 1} failed`, { type: 'Broken' });
  };
  const result = await pipeline(
    items,
    [
      async (item: [number, number], index) => {
        await take(0, item);
        return { item, index };
      },
      async ({ item, index }) => {
        await take(1, item);
        return `item ${index}`;
      },
    ],
    { maxConcurrency: limits, join },
  );
  return { result: readable(result), minutes: Math.round((Date.now() - start) / 60_000), most };
}

/** Six stages of activities, one place each. */
export async function long(count: number): Promise<string[]> {
  const next = (value: string): Promise<string> => work(`${value}.`);
  return pipeline(
    Array.from({ length: count }, (_, i) => String(i)),
    [next, next, next, next, next, next],
    { maxConcurrency: [1, 1, 1, 1, 1, 1] },
  );
}

/** The second stage of the second item fails while others are under way or wait for their turn. */
export async function failing(): Promise<string[]> {
  return pipeline(
    [0, 1, 2, 3],
    [
      async (item: number) => item,
      (item: number) => (item === 1 ? fail(`item ${item}`, 'resource') : work(`item ${item}`, 20_000)),
    ],
    { maxConcurrency: [4, 2] },
  );
}

export async function bad(limits: number[], count = 1): Promise<unknown> {
  return pipeline(Array<number>(count).fill(1), [async (item: number) => item], { maxConcurrency: limits as [number] });
}
