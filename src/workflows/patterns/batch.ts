import { badArgument } from './bad-argument.ts';
import { BatchRun } from './batch-run.ts';
import { track } from './run-state.ts';

/** A reference to some items: a range, a cursor, a file. Small JSON; the items themselves never pass through the history. */
export interface BatchChunk {
  /** How many items it stands for. */
  readonly size: number;
}

/** Some chunks of a source. */
export interface BatchPage<C extends BatchChunk> {
  /** In order; about a hundred of them, each of at most `batchSize` items. */
  readonly chunks: readonly C[];
  /** Where the next page begins; `null` after the last. */
  readonly next: string | null;
  /** Items in all pages, where that is known: progress then says what is left. */
  readonly total?: number;
}

/** Gives the page of chunks at a cursor; `null` is the beginning. Usually an activity. Asked only as lanes free up. */
export type BatchSource<C extends BatchChunk> = (cursor: string | null, batchSize: number) => Promise<BatchPage<C>>;

/** One item that could not be done, by reference. */
interface ItemFailure {
  readonly item: string;
  readonly error: string;
}

/** What came of one chunk: `done`, `failed` and `skipped` together are its size. */
export interface ChunkOutcome {
  readonly done: number;
  readonly failed: readonly ItemFailure[];
  readonly skipped: number;
}

/** Does one chunk: usually one activity that reads its items and works through them, or a child workflow. */
export type ChunkWork<C extends BatchChunk> = (
  chunk: C,
  step: {
    /** From 0, in order of the source. */
    readonly index: number;
    /** Idempotency key: the same when the chunk is done again after a crash, a continue-as-new or a redrive. */
    readonly key: string;
  },
) => Promise<ChunkOutcome>;

export interface BatchOptions {
  /** Items in a chunk, at most. */
  readonly batchSize: number;
  /** Chunks that are under way at a time; at most 1,000. */
  readonly maxConcurrency: number;
  /** Failed items beyond which the batch fails: a number, or a share of all items. @default '100%' */
  readonly toleratedFailures?: number | `${number}%`;
  /** Events after which the run continues as new between two chunks. @default when the server suggests it, or 8,000 */
  readonly maxHistoryEvents?: number;
}

/** Counts of items. `total` = `done` + `failed` + `skipped`. */
export interface BatchResult {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly total: number;
  readonly chunks: number;
  /** The first 100 failures; `chunk` is the index of theirs. */
  readonly failures: readonly (ItemFailure & { readonly chunk: number })[];
}

/**
 * Works through thousands to millions of items, a chunk at a time, with `maxConcurrency` chunks under way.
 *
 * A chunk whose work fails counts as failed with all its items. Once more than `toleratedFailures` items failed, no
 * chunk is started any more, those under way are waited for, and the batch fails with `TooManyFailures`. A source that
 * fails ends the batch in the same way, with its own error. There are no losers. Cancelling the run reaches the chunks
 * under way; they are waited for, and the batch ends with `CancelledFailure`. Time limits are those of activities and
 * child workflows. On replay the same chunks are done.
 *
 * When the history grows long the lanes are drained and the run continues as new with cursor, counts and failures: no
 * chunk is counted twice. A redriven run does the chunks that failed or had failures again, and then those not yet done.
 *
 * No items: all counts are 0. A chunk whose outcome does not add up to its size fails the batch with `Miscounted`.
 */
export async function batch<C extends BatchChunk>(
  source: BatchSource<C>,
  work: ChunkWork<C>,
  options: BatchOptions,
): Promise<BatchResult> {
  check(options);
  return track('batch', 'batch', (own) => new BatchRun(own, source, work, options).run());
}

/** A part of counted items, from `from` up to and not including `to`. */
export interface ItemRange extends BatchChunk {
  readonly from: number;
  readonly to: number;
}

/** A source of `total` items that are addressed by their number; it asks nobody. */
export function ranges(total: number): BatchSource<ItemRange> {
  if (!(Number.isInteger(total) && total >= 0)) {
    throw badArgument(`ranges: expected a whole number of items, got ${String(total)}`);
  }
  return async (cursor, batchSize) => {
    const chunks: ItemRange[] = [];
    let from = Number(cursor ?? 0);
    while (from < total && chunks.length < 100) {
      const to = Math.min(from + batchSize, total);
      chunks.push({ from, to, size: to - from });
      from = to;
    }
    return { chunks, next: from < total ? String(from) : null, total };
  };
}

function check({ batchSize, maxConcurrency, toleratedFailures = '100%' }: BatchOptions): void {
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw badArgument(`batchSize: expected a whole number of at least 1, got ${String(batchSize)}`);
  }
  if (!(Number.isInteger(maxConcurrency) && maxConcurrency >= 1 && maxConcurrency <= 1_000)) {
    throw badArgument(`maxConcurrency: expected a whole number from 1 to 1,000, got ${String(maxConcurrency)}`);
  }
  const limit = typeof toleratedFailures === 'number' ? toleratedFailures : Number(toleratedFailures.slice(0, -1));
  if (!(limit >= 0)) {
    throw badArgument(`toleratedFailures: expected a number or a share such as '5%', got ${String(toleratedFailures)}`);
  }
}
