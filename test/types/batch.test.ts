/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import type { resumable } from '../../src/activities/resumable.ts';
import {
  batch,
  ranges,
  type BatchPage,
  type BatchResult,
  type ChunkOutcome,
  type ItemRange,
} from '../../src/workflows/patterns/batch.ts';

interface Folder {
  readonly size: number;
  readonly path: string;
}
const folders = async (_cursor: string | null): Promise<BatchPage<Folder>> => ({ chunks: [], next: null });
const outcome: ChunkOutcome = { done: 1, failed: [], skipped: 0 };
const options = { batchSize: 100, maxConcurrency: 20 };

describe('batch', () => {
  it('hands over the chunks of its source, with number and key', () => {
    const call = () =>
      batch(
        folders,
        async (chunk, step) => {
          expectTypeOf(chunk).toEqualTypeOf<Folder>();
          expectTypeOf(step).toEqualTypeOf<{ readonly index: number; readonly key: string }>();
          return outcome;
        },
        options,
      );
    expectTypeOf(call).returns.resolves.toEqualTypeOf<BatchResult>();
  });

  it('counts items by range', () => {
    const call = () =>
      batch(
        ranges(1_000),
        async (chunk) => {
          expectTypeOf(chunk).toEqualTypeOf<ItemRange>();
          return outcome;
        },
        { ...options, toleratedFailures: '5%' },
      );
    expectTypeOf(call).toBeFunction();
  });

  it('takes what resumable gives as the outcome of a chunk', () => {
    expectTypeOf<Awaited<ReturnType<typeof resumable>>>().toExtend<ChunkOutcome>();
  });

  it('does not compile when a chunk does not say how many items it stands for', () => {
    const paths = async () => ({ chunks: [{ path: '/a' }], next: null });
    // @ts-expect-error size is missing
    const call = () => batch(paths, async () => outcome, options);
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile when the work does not count', () => {
    // @ts-expect-error nothing says what came of the items
    const call = () => batch(folders, async () => undefined, options);
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile with a share that is none', () => {
    // @ts-expect-error a number or a percentage
    const call = () => batch(folders, async () => outcome, { ...options, toleratedFailures: 'some' });
    expectTypeOf(call).toBeFunction();
  });
});
