/** The work of the batch rounds: one activity a chunk, which books each of its items. */
import { appendFileSync } from 'node:fs';
import { resumable } from '../../src/activities/resumable.ts';
import type { ChunkOutcome, ItemRange } from '../../src/workflows/patterns/batch.ts';

export interface BatchSteps {
  bookItems(range: ItemRange): Promise<ChunkOutcome>;
}

const ledger = process.env['BENCH_LEDGER'];

export const batchActivities: BatchSteps = {
  bookItems: ({ from, to }) => {
    const items = Array.from({ length: to - from }, (_, index) => from + index);
    return resumable(items, async (item) => {
      // Written at once, so that what a killed worker has done is known.
      if (ledger !== undefined) appendFileSync(ledger, `${String(item)}\n`);
      return Promise.resolve();
    });
  },
};
