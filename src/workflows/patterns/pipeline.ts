import { CancelledFailure } from '@temporalio/workflow';
import { badArgument } from './bad-argument.ts';
import { track, trackItem } from './run-state.ts';
import { checkItems, checkWindow, Tally, type Sorted } from './tally.ts';

/** When a pipeline is decided: at the first failure or when every item has ended. */
export type PipelineJoin = 'all' | 'settled';

/** One step of a pipeline: takes what the stage before gave; `index` is the item's place in the input. */
export type Stage<I, O> = (value: I, index: number) => Promise<O>;

export interface PipelineOptions<Limits extends readonly number[], J extends PipelineJoin> {
  /** Items that each stage works on at a time, in the order of the stages; together at most 1,800. */
  readonly maxConcurrency: Limits;
  /** @default 'all' */
  readonly join?: J;
}

type One = readonly [number];
type Two = readonly [number, number];
type Three = readonly [number, number, number];
type Four = readonly [number, number, number, number];
type Five = readonly [number, number, number, number, number];
type Six = readonly [number, number, number, number, number, number];

/** What the last stage gave for each item, or the items sorted by what became of them. */
type Result<T, R, J extends PipelineJoin> = Promise<J extends 'all' ? R[] : Sorted<T, R>>;
type Options<L extends readonly number[], J extends PipelineJoin> = PipelineOptions<L, J>;

/**
 * Takes each item through the stages in turn. Items overlap: while one is in the second stage, the next may be in the
 * first. Each stage has a limit of its own; items enter a stage in the order in which they arrive there.
 *
 * - `all`: what the last stage gave, in input order; fails with the first failure of any stage.
 * - `settled`: every item, sorted into `succeeded` and `failed`; an item that failed skips its further stages.
 *
 * Losers: when the pipeline fails, items under way are asked to cancel and become stragglers, and no stage starts any
 * more. Cancelling the run is never an item's failure: it ends the pipeline with `CancelledFailure`. There is no
 * time-out: put `withTimeout` into a stage, or around the pipeline. On replay items enter the stages in the same order.
 * No items: `[]` or empty lists. More than 1,000 items are a `BadArgument`.
 */
export async function pipeline<T, A, const J extends PipelineJoin = 'all'>(
  items: readonly T[],
  stages: readonly [Stage<T, A>],
  options: Options<One, J>,
): Result<T, A, J>;
export async function pipeline<T, A, B, const J extends PipelineJoin = 'all'>(
  items: readonly T[],
  stages: readonly [Stage<T, A>, Stage<A, B>],
  options: Options<Two, J>,
): Result<T, B, J>;
export async function pipeline<T, A, B, C, const J extends PipelineJoin = 'all'>(
  items: readonly T[],
  stages: readonly [Stage<T, A>, Stage<A, B>, Stage<B, C>],
  options: Options<Three, J>,
): Result<T, C, J>;
export async function pipeline<T, A, B, C, D, const J extends PipelineJoin = 'all'>(
  items: readonly T[],
  stages: readonly [Stage<T, A>, Stage<A, B>, Stage<B, C>, Stage<C, D>],
  options: Options<Four, J>,
): Result<T, D, J>;
export async function pipeline<T, A, B, C, D, E, const J extends PipelineJoin = 'all'>(
  items: readonly T[],
  stages: readonly [Stage<T, A>, Stage<A, B>, Stage<B, C>, Stage<C, D>, Stage<D, E>],
  options: Options<Five, J>,
): Result<T, E, J>;
export async function pipeline<T, A, B, C, D, E, F, const J extends PipelineJoin = 'all'>(
  items: readonly T[],
  stages: readonly [Stage<T, A>, Stage<A, B>, Stage<B, C>, Stage<C, D>, Stage<D, E>, Stage<E, F>],
  options: Options<Six, J>,
): Result<T, F, J>;
export async function pipeline(
  items: readonly unknown[],
  stages: readonly Stage<unknown, unknown>[],
  options: PipelineOptions<readonly number[], PipelineJoin>,
): Promise<unknown> {
  check(items.length, stages.length, options.maxConcurrency);
  const slots = options.maxConcurrency.map((limit) => new Slots(limit));
  return track('pipeline', 'pipeline', async (node) => {
    const through = async (item: unknown, index: number): Promise<unknown> => {
      let value = item;
      for (const [at, stage] of stages.entries()) {
        const current = value;
        value = await (slots[at] as Slots).use(() =>
          trackItem('step', `stage ${String(at + 1)}`, () => stage(current, index)),
        );
      }
      return value;
    };
    try {
      return await new Tally(node, items, options.join ?? 'all').run(
        (index) => through(items[index], index),
        items.length,
      );
    } finally {
      for (const each of slots) each.close();
    }
  });
}

/** The places of one stage, given out in the order of asking. */
class Slots {
  private free: number;
  private readonly waiting: { readonly enter: () => void; readonly leave: (error: unknown) => void }[] = [];

  constructor(limit: number) {
    this.free = limit;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((enter, leave) => this.waiting.push({ enter, leave }));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next.enter();
      else this.free += 1;
    }
  }

  /** Turns away whoever still waits: without it their lanes would never end, nor would the run. */
  close(): void {
    for (const { leave } of this.waiting.splice(0)) leave(new CancelledFailure('the pipeline is over'));
  }
}

function check(items: number, stages: number, limits: readonly number[]): void {
  checkItems('pipeline', items);
  if (limits.length !== stages) {
    throw badArgument(`maxConcurrency: expected ${String(stages)} limits, one a stage, got ${String(limits.length)}`);
  }
  for (const [at, limit] of limits.entries()) checkWindow(`maxConcurrency of stage ${String(at + 1)}`, limit);
  const together = limits.reduce((sum, limit) => sum + limit, 0);
  if (together > 1_800) throw badArgument(`maxConcurrency: expected at most 1800 together, got ${String(together)}`);
}
