/** Small workflows over the patterns that work through collections, for the fault explorer. */
import { proxyActivities } from '@temporalio/workflow';
import {
  batch,
  ranges,
  type BatchResult,
  type ChunkOutcome,
  type ItemRange,
} from '../../src/workflows/patterns/batch.ts';
import { map, type Sorted } from '../../src/workflows/patterns/map.ts';
import { pipeline } from '../../src/workflows/patterns/pipeline.ts';
import { key, stage } from '../../src/workflows/patterns/stage.ts';
import { book, booking, options } from './book.ts';

export interface Chunks {
  /** Books every item of a range under the key of its chunk. */
  bookRange(range: ItemRange, key: string): Promise<ChunkOutcome>;
}

const chunks = proxyActivities<Chunks>(options);

const items = ['a', 'b', 'c'];

export async function mapped(): Promise<string[]> {
  return map(items, book, { maxConcurrency: 2 });
}

export async function settled(): Promise<Sorted<string, string>> {
  return map(items, book, { maxConcurrency: 2, join: 'settled' });
}

/** Two of three are enough; the third is slow and loses. */
export async function quorate(): Promise<Sorted<string, string>> {
  return map(items, (name) => (name === 'c' ? booking.bookSlowly(key(name)) : book(name)), { join: { quorum: 2 } });
}

/** Two items through two stages with one place each. */
export async function piped(): Promise<string[]> {
  return pipeline(
    ['a', 'b'],
    [
      async (name) => {
        await book(`${name}1`);
        return name;
      },
      async (name) => {
        await book(`${name}2`);
        return name;
      },
    ],
    { maxConcurrency: [1, 1] },
  );
}

/** Six items by twos, of which one two may fail; two are under way at a time. */
export async function imported(maxHistoryEvents: number): Promise<BatchResult> {
  await stage('prepare', () => book('prepared'));
  return batch(ranges(6), (range, { key }) => chunks.bookRange(range, key), {
    batchSize: 2,
    maxConcurrency: 2,
    toleratedFailures: 2,
    maxHistoryEvents,
  });
}
