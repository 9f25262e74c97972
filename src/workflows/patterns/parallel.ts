import type { Duration } from '@temporalio/common';
import { failure } from '../../failures.ts';
import { badArgument } from './bad-argument.ts';
import { positiveMs } from './duration.ts';
import { joinedFailure } from './joined-failure.ts';
import { runLanes, type Outcome } from './lanes.ts';
import { begin, finish, markPartial, track, within, type OpenNode } from './run-state.ts';

/** When the branches' outcomes together count as decided. */
export type Join = 'all' | 'any' | 'firstSuccess' | 'settled' | { readonly quorum: number };

/** How one branch of a `settled` join ended. `timedOut`: it was still going when `timeout` passed. */
export type Settled<T> = Outcome<T> | { readonly status: 'timedOut' };

export interface ParallelOptions<J extends Join = Join> {
  /** @default 'all' */
  readonly join?: J;
  /** Longest time until the join is decided. With `settled` the join goes on with what is there, else `JoinTimedOut`. */
  readonly timeout?: Duration;
  /** Branches that run at a time, a sliding window. @default all of them */
  readonly maxConcurrency?: number;
}

export type Branches = Readonly<Record<string, () => Promise<unknown>>>;

type Value<B extends Branches, K extends keyof B> = Awaited<ReturnType<B[K]>>;

/** What a join returns: follows from the join and the branches' own types. */
export type ParallelResult<B extends Branches, J extends Join> = J extends 'all'
  ? { [K in keyof B]: Value<B, K> }
  : J extends 'settled'
    ? { [K in keyof B]: Settled<Value<B, K>> }
    : J extends 'any' | 'firstSuccess'
      ? { [K in keyof B]: { readonly branch: K; readonly value: Value<B, K> } }[keyof B]
      : { [K in keyof B]?: Value<B, K> };

/**
 * Runs branches at the same time and joins them.
 *
 * The join decides at once. Losers are asked to cancel and become stragglers: nothing waits for them but a saga that
 * has to undo, and the close of the run. Cancelling the run is never counted as a branch's failure: it ends the join with
 * `CancelledFailure`. On replay the same branch wins, because outcomes arrive in history order. Results are in input order.
 *
 * - `all`: every value; fails with the error of the first branch to fail.
 * - `settled`: every outcome; never fails.
 * - `any`: the first branch to settle; fails if that one failed.
 * - `firstSuccess`: the first branch to succeed; `AllBranchesFailed` when none does.
 * - `{ quorum: n }`: the values there are as soon as n succeeded; `QuorumNotReached` when n no longer can.
 *
 * No branches: `all`, `settled` and a quorum of 0 give `{}`; `any` and `firstSuccess` are a `BadArgument`.
 */
export function parallel<const B extends Branches, const J extends Join = 'all'>(
  branches: B,
  options: ParallelOptions<J> = {},
): Promise<ParallelResult<B, J>> {
  const join: Join = options.join ?? 'all';
  check(branches, join, options);
  const race = new Race(branches, join, options);
  return track('parallel', joinName(join), (node) => race.run(node)) as Promise<ParallelResult<B, J>>;
}

class Race {
  private readonly outcomes: (Settled<unknown> | undefined)[];
  private readonly names: readonly string[];
  private readonly nodes: OpenNode[] = [];
  private node: OpenNode | undefined;
  private readonly branches: Branches;
  private readonly join: Join;
  private readonly options: ParallelOptions;
  private readonly afterMs: number | undefined;
  private succeeded = 0;
  private ended = 0;

  constructor(branches: Branches, join: Join, options: ParallelOptions) {
    this.branches = branches;
    this.join = join;
    this.options = options;
    this.names = Object.keys(branches);
    this.outcomes = this.names.map(() => undefined);
    this.afterMs = options.timeout === undefined ? undefined : positiveMs('timeout', options.timeout);
  }

  run(node: OpenNode): Promise<unknown> {
    const nothingToDo = this.names.length === 0 || this.quorum() === 0;
    if (nothingToDo) return Promise.resolve({});
    this.node = node;
    return runLanes({
      count: this.names.length,
      maxConcurrency: this.options.maxConcurrency ?? Infinity,
      work: (index) => this.start(index),
      ended: (index, outcome) => {
        finish(this.nodes[index] as OpenNode, outcome);
      },
      judge: (index, outcome) => this.judge(index, outcome),
      deadline: this.afterMs === undefined ? undefined : { afterMs: this.afterMs, timeUp: () => this.timeUp() },
    });
  }

  private start(index: number): Promise<unknown> {
    const name = this.names[index] as string;
    const node = begin('branch', name);
    this.nodes[index] = node;
    return within(node, this.branches[name] as () => Promise<unknown>);
  }

  /** Decides the join, if the outcomes so far do. */
  private judge(index: number, outcome: Outcome<unknown>): { readonly result: unknown } | undefined {
    this.outcomes[index] = outcome;
    this.ended += 1;
    if (outcome.status === 'fulfilled') this.succeeded += 1;
    const complete = this.ended === this.names.length;
    const { join } = this;
    if (join === 'settled') return complete ? { result: this.all() } : undefined;
    if (join === 'all') {
      if (outcome.status === 'rejected') throw outcome.error;
      return complete ? { result: this.values() } : undefined;
    }
    if (typeof join === 'object') return this.judgeQuorum(join.quorum);
    if (outcome.status === 'fulfilled') return { result: { branch: this.names[index], value: outcome.value } };
    if (join === 'any') throw outcome.error;
    if (complete) throw this.allFailed('AllBranchesFailed', 'every branch failed');
    return undefined;
  }

  private judgeQuorum(quorum: number): { readonly result: unknown } | undefined {
    if (this.succeeded >= quorum) return { result: this.values() };
    if (this.succeeded + this.names.length - this.ended >= quorum) return undefined;
    const message = `quorum of ${String(quorum)} can no longer be reached: ${String(this.succeeded)} succeeded`;
    throw this.allFailed('QuorumNotReached', message);
  }

  private quorum(): number | undefined {
    return typeof this.join === 'object' ? this.join.quorum : undefined;
  }

  private timeUp(): unknown {
    if (this.join === 'settled') return this.all();
    const done = this.names.filter((_, index) => this.outcomes[index]);
    const missing = this.names.filter((_, index) => !this.outcomes[index]);
    throw failure('transient', `join '${joinName(this.join)}' timed out; missing: ${missing.join(', ')}`, {
      type: 'JoinTimedOut',
      details: { done, missing },
    });
  }

  /** Every outcome; what has none yet has run out of time. */
  private all(): Record<string, Settled<unknown>> {
    if (this.succeeded < this.names.length) markPartial(this.node);
    return Object.fromEntries(this.names.map((name, index) => [name, this.outcomes[index] ?? { status: 'timedOut' }]));
  }

  private values(): Record<string, unknown> {
    const entries = this.names.flatMap((name, index) => {
      const outcome = this.outcomes[index];
      return outcome?.status === 'fulfilled' ? [[name, outcome.value] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  private allFailed(type: string, message: string): Error {
    const failed = this.names.flatMap((branch, index) => {
      const outcome = this.outcomes[index];
      return outcome?.status === 'rejected' ? [{ name: branch, error: outcome.error }] : [];
    });
    return joinedFailure(type, message, 'branch', failed);
  }
}

function joinName(join: Join): string {
  return typeof join === 'string' ? join : `quorum ${String(join.quorum)}`;
}

function check(branches: Branches, join: Join, options: ParallelOptions): void {
  const count = Object.keys(branches).length;
  if (typeof join === 'object' && !(Number.isInteger(join.quorum) && join.quorum >= 0 && join.quorum <= count)) {
    throw badArgument(`quorum: expected a whole number from 0 to ${String(count)}, got ${String(join.quorum)}`);
  }
  if (count === 0 && (join === 'any' || join === 'firstSuccess')) {
    throw badArgument(`join '${join}': expected at least one branch, got none`);
  }
  const window = options.maxConcurrency;
  if (window !== undefined && !(Number.isInteger(window) && window >= 1)) {
    throw badArgument(`maxConcurrency: expected a whole number of at least 1, got ${String(window)}`);
  }
}
