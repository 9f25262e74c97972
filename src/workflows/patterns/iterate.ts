import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { badArgument } from './bad-argument.ts';
import { loop, type LoopResult } from './loop.ts';

interface Bounds<S> {
  /** Ends the loop as `done`; asked before every round, also before the first. */
  readonly until: (state: S) => boolean;
  /** Events after which the run continues as new between two rounds. @default when the server suggests it, or 8,000 */
  readonly maxHistoryEvents?: number;
}

/** At least one bound: on the number of rounds, or on the time from the start of the loop. */
type Bounded =
  | { readonly maxIterations: number; readonly deadline?: Duration }
  | { readonly maxIterations?: number; readonly deadline: Duration };

/** `patience` needs something to measure gain by. */
type Scored<S> =
  | {
      /** How good a state is; higher is better. */
      readonly score: (state: S) => number;
      /** Rounds in a row without a better score after which the loop ends as `stalled`. @default no limit */
      readonly patience?: number;
    }
  | { readonly score?: never; readonly patience?: never };

export type IterateOptions<S> = Bounds<S> & Bounded & Scored<S>;

/**
 * How a loop ended. `done`: `until` said so; `exhausted`: `maxIterations` rounds were made; `expired`: the deadline passed;
 * `stalled`: no gain for `patience` rounds. `state` is the last one, `best` the one with the highest score (without
 * `score`: the last), `iterations` the rounds that were completed.
 */
export type IterateResult<S> = LoopResult<S>;

/**
 * Improves a state round by round until it is good enough or a bound is reached.
 *
 * A failing round fails the loop. At the deadline, which counts from the start of the loop and which nothing moves, a
 * round that is still going is asked to cancel and becomes a straggler. Cancelling the run cancels the round and ends
 * the loop with `CancelledFailure`. On replay the same rounds are made. When the history grows long the run continues
 * as new between two rounds, and goes on with the same state, best, count and deadline: keep what a round needs in the
 * state, and the state plain JSON and small. A redriven run goes on with the round that failed.
 *
 * A score that is not a finite number, or a bound that is not above 0, is a `BadArgument`.
 */
export async function iterate<S>(
  initial: S,
  step: (state: S, round: number) => Promise<S>,
  options: IterateOptions<S>,
): Promise<IterateResult<S>> {
  for (const bound of ['maxIterations', 'patience', 'maxHistoryEvents'] as const) {
    const value = options[bound];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw badArgument(`${bound}: expected a whole number of at least 1, got ${String(value)}`);
    }
  }
  return loop('iterate', initial, step, { ...options, deadlineMs: deadlineOf(options) });
}

function deadlineOf({ deadline, maxIterations }: Bounded): number | undefined {
  if (deadline === undefined) {
    // The types ask for a bound; a caller without types would loop for ever.
    if ((maxIterations as unknown) === undefined) throw badArgument('iterate: expected maxIterations or deadline');
    return undefined;
  }
  const ms = msToNumber(deadline);
  if (!(ms > 0)) throw badArgument(`deadline: expected more than 0 ms, got ${String(deadline)}`);
  return ms;
}
