import {
  ActivityCancellationType,
  CancellationScope,
  executeChild,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  batch,
  ranges,
  type BatchOptions,
  type BatchPage,
  type BatchResult,
  type ChunkOutcome,
  type ItemRange,
} from '../../../src/workflows/patterns/batch.ts';
import { stage } from '../../../src/workflows/patterns/stage.ts';

export interface Imports {
  /** Pages of a source that does not know how much there is. */
  page(cursor: string | null, batchSize: number): Promise<BatchPage<ItemRange>>;
  importRange(range: ItemRange, key: string): Promise<ChunkOutcome>;
  /** Goes through its range with `resumable`. */
  importSlowly(range: ItemRange): Promise<ChunkOutcome>;
  prepare(): Promise<void>;
}

const imports = proxyActivities<Imports>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
});

interface Imported {
  readonly result: BatchResult;
  readonly continued: boolean;
}

const continued = (): boolean => workflowInfo().continuedFromExecutionRunId !== undefined;

export async function counted(total: number, options: BatchOptions): Promise<Imported> {
  await stage('prepare', () => imports.prepare());
  const result = await batch(ranges(total), (chunk, { key }) => imports.importRange(chunk, key), options);
  return { result, continued: continued() };
}

export async function paged(options: BatchOptions): Promise<Imported> {
  const result = await batch(
    (cursor, batchSize) => imports.page(cursor, batchSize),
    (chunk, { key }) => imports.importRange(chunk, key),
    options,
  );
  return { result, continued: continued() };
}

export async function resumed(): Promise<BatchResult> {
  return batch(ranges(20), (chunk) => imports.importSlowly(chunk), { batchSize: 20, maxConcurrency: 1 });
}

export async function importChild(range: ItemRange, key: string): Promise<ChunkOutcome> {
  await sleep('1 hour');
  return imports.importRange(range, key);
}

export async function byChildren(total: number): Promise<BatchResult> {
  return batch(ranges(total), (chunk, { key }) => executeChild(importChild, { args: [chunk, key], workflowId: key }), {
    batchSize: 10,
    maxConcurrency: 2,
  });
}

/** Waits until it is cancelled. No timer: the server could skip its time before the cancellation has arrived. */
export async function waitingChild(): Promise<ChunkOutcome> {
  return CancellationScope.current().cancelRequested;
}

export async function byWaitingChildren(total: number): Promise<BatchResult> {
  return batch(ranges(total), (_, { key }) => executeChild(waitingChild, { workflowId: key }), {
    batchSize: 10,
    maxConcurrency: 2,
  });
}

/** Takes no time. */
export async function instant(): Promise<BatchResult> {
  return batch(ranges(10), async ({ size }) => ({ done: size, failed: [], skipped: 0 }), {
    batchSize: 10,
    maxConcurrency: 1,
  });
}

/** Says that one item more was done than there are. */
export async function miscounting(): Promise<BatchResult> {
  return batch(ranges(10), async ({ size }) => ({ done: size + 1, failed: [], skipped: 0 }), {
    batchSize: 10,
    maxConcurrency: 1,
  });
}

export async function goingInCircles(): Promise<BatchResult> {
  return batch(
    async (cursor) => ({ chunks: [{ size: 1 }], next: cursor ?? 'a' }),
    async () => ({ done: 1, failed: [], skipped: 0 }),
    { batchSize: 1, maxConcurrency: 1 },
  );
}
