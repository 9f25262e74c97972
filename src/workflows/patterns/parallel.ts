import type { Duration } from '@temporalio/common';
import { CancellationScope, CancelledFailure, sleep } from '@temporalio/workflow';
import { failure } from '../../failures.ts';
import { badArgument } from './route.ts';
import { addStraggler, track } from './run-state.ts';

/** When the branches' outcomes together count as decided. */
export type Join = 'all' | 'any' | 'firstSuccess' | 'settled' | { readonly quorum: number };

/** How one branch of a `settled` join ended. `timedOut`: it was still going when `timeout` passed. */
export type Settled<T> =
  | { readonly status: 'fulfilled'; readonly value: T }
  | { readonly status: 'rejected'; readonly error: unknown }
  | { readonly status: 'timedOut' };

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
export async function parallel<const B extends Branches, const J extends Join = 'all'>(
  branches: B,
  options: ParallelOptions<J> = {},
): Promise<ParallelResult<B, J>> {
  const join: Join = options.join ?? 'all';
  check(branches, join, options);
  return track('parallel', joinName(join), () => new Race(branches, join, options).run()) as Promise<
    ParallelResult<B, J>
  >;
}

class Race {
  private readonly outcomes = new Map<string, Settled<unknown>>();
  private readonly running = new Map<string, { readonly scope: CancellationScope; readonly settled: Promise<void> }>();
  private readonly waiting: string[];
  private readonly names: readonly string[];
  private readonly outer = CancellationScope.current();
  private readonly branches: Branches;
  private readonly join: Join;
  private readonly options: ParallelOptions;
  private readonly decided: Promise<unknown>;
  private succeed!: (value: unknown) => void;
  private fail!: (error: unknown) => void;

  constructor(branches: Branches, join: Join, options: ParallelOptions) {
    this.branches = branches;
    this.join = join;
    this.options = options;
    this.names = Object.keys(branches);
    this.waiting = [...this.names];
    this.decided = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
  }

  async run(): Promise<unknown> {
    const timer = new CancellationScope();
    this.outer.cancelRequested.catch((error: unknown) => {
      if (this.outer.consideredCancelled) this.fail(error);
    });
    if (this.options.timeout !== undefined) this.startTimer(timer, this.options.timeout);
    this.startNext();
    this.judge(undefined);
    try {
      return await this.decided;
    } finally {
      timer.cancel();
      this.waiting.length = 0;
      for (const { scope, settled } of this.running.values()) {
        addStraggler(settled);
        scope.cancel();
      }
    }
  }

  private startNext(): void {
    const limit = this.options.maxConcurrency ?? Infinity;
    while (this.running.size < limit) {
      const name = this.waiting.shift();
      if (name === undefined) return;
      this.start(name, this.branches[name] as () => Promise<unknown>);
    }
  }

  private start(name: string, work: () => Promise<unknown>): void {
    const scope = new CancellationScope();
    const settled = scope
      .run(() => track('branch', name, async () => work()))
      .then(
        (value) => {
          this.settle(name, { status: 'fulfilled', value });
        },
        (error: unknown) => {
          this.settle(name, { status: 'rejected', error });
        },
      );
    this.running.set(name, { scope, settled });
  }

  private settle(name: string, outcome: Settled<unknown>): void {
    this.running.delete(name);
    if (this.outer.consideredCancelled) {
      this.fail(new CancelledFailure('cancelled while branches were running'));
      return;
    }
    this.outcomes.set(name, outcome);
    this.judge(name);
    this.startNext();
  }

  private startTimer(scope: CancellationScope, timeout: Duration): void {
    scope
      .run(() => sleep(timeout))
      .then(
        () => {
          this.timeUp();
        },
        () => undefined,
      );
  }

  private timeUp(): void {
    const missing = this.names.filter((name) => !this.outcomes.has(name));
    if (this.join === 'settled') {
      for (const name of missing) this.outcomes.set(name, { status: 'timedOut' });
      this.judge(undefined);
      return;
    }
    const done = this.names.filter((name) => this.outcomes.has(name));
    this.fail(
      failure('transient', `join '${joinName(this.join)}' timed out; missing: ${missing.join(', ')}`, {
        type: 'JoinTimedOut',
        details: { done, missing },
      }),
    );
  }

  /** Settles the join if the outcomes so far decide it; `last` is the branch that settled just now. */
  private judge(last: string | undefined): void {
    const outcome = last === undefined ? undefined : this.outcomes.get(last);
    const complete = this.outcomes.size === this.names.length;
    if (this.join === 'settled') {
      if (complete) this.succeed(this.collect((each) => each));
    } else if (this.join === 'all') {
      if (outcome?.status === 'rejected') this.fail(outcome.error);
      else if (complete) this.succeed(this.values());
    } else if (this.join === 'any' || this.join === 'firstSuccess') {
      if (outcome?.status === 'fulfilled') this.succeed({ branch: last, value: outcome.value });
      else if (outcome?.status === 'rejected' && this.join === 'any') this.fail(outcome.error);
      else if (complete) this.fail(this.allFailed('AllBranchesFailed', 'every branch failed'));
    } else {
      this.judgeQuorum(this.join.quorum);
    }
  }

  private judgeQuorum(quorum: number): void {
    const succeeded = [...this.outcomes.values()].filter((each) => each.status === 'fulfilled').length;
    const open = this.names.length - this.outcomes.size;
    if (succeeded >= quorum) this.succeed(this.values());
    else if (succeeded + open < quorum) {
      const message = `quorum of ${String(quorum)} can no longer be reached: ${String(succeeded)} succeeded`;
      this.fail(this.allFailed('QuorumNotReached', message));
    }
  }

  private values(): Record<string, unknown> {
    return this.collect((each) => (each.status === 'fulfilled' ? each.value : undefined), 'fulfilled');
  }

  private collect(pick: (outcome: Settled<unknown>) => unknown, only?: 'fulfilled'): Record<string, unknown> {
    const entries = this.names.flatMap((name) => {
      const outcome = this.outcomes.get(name);
      return outcome && (only === undefined || outcome.status === only) ? [[name, pick(outcome)] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  private allFailed(type: string, message: string): Error {
    const causes = this.names.flatMap((branch) => {
      const outcome = this.outcomes.get(branch);
      return outcome?.status === 'rejected'
        ? [{ branch, message: messageOf(outcome.error), error: outcome.error }]
        : [];
    });
    return failure('logic', `${message}: ${causes.map((each) => `${each.branch}: ${each.message}`).join('; ')}`, {
      type,
      details: { causes: causes.map(({ branch, message: text }) => ({ branch, message: text })) },
      cause: causes[0]?.error,
    });
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
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
  if (typeof options.timeout === 'number' && !(options.timeout > 0)) {
    throw badArgument(`timeout: expected more than 0 ms, got ${String(options.timeout)}`);
  }
}
