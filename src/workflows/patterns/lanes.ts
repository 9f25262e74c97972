import { CancellationScope, CancelledFailure, condition, sleep } from '@temporalio/workflow';
import { addStraggler } from './run-state.ts';

/** How one piece of work ended. */
export type Outcome<T> =
  { readonly status: 'fulfilled'; readonly value: T } | { readonly status: 'rejected'; readonly error: unknown };

/** What a join does: which work there is, how much of it runs at a time, and when it is decided. */
export interface Contest<T, R> {
  readonly count: number;
  /** How much runs at a time; never more than 1,800, because the server refuses the 2,001st open activity of a run. */
  readonly maxConcurrency: number;
  readonly work: (index: number) => Promise<T>;
  /** Called for each outcome, also those of losers. */
  readonly ended?: (index: number, outcome: Outcome<T>) => void;
  /** Called for each outcome, in history order, until it answers or throws: that is what the join returns or fails with. */
  readonly judge: (index: number, outcome: Outcome<T>) => { readonly result: R } | undefined;
  readonly deadline?: { readonly afterMs: number; readonly timeUp: () => R } | undefined;
}

const mostPending = 1_800;

/** A scope to begin work in, without the two promises that `run` makes to wait for it. */
class LaneScope extends CancellationScope {
  enter(begin: () => void): void {
    void this.run(begin as () => Promise<void>);
  }

  protected override runInContext<T>(begin: () => Promise<T>): Promise<T> {
    return begin();
  }
}

interface Lane {
  readonly scope: LaneScope;
  /** Settles when what is under way has ended; never rejects. */
  work?: Promise<void> | undefined;
}

/**
 * Runs work in lanes and returns as soon as the join is decided.
 *
 * A lane takes the next piece of work when its last one has ended, in a cancellation scope that it shares with no other
 * lane. Work under way when the join is decided, by an outcome, by the deadline or because the caller is cancelled, is
 * asked to cancel and becomes a straggler. An outcome of the workflow task in which the deadline passes still counts.
 *
 * One scope a lane, not one a piece of work, and no promise of our own for each piece: the SDK takes a stack trace for
 * every promise, which for a thousand items costs more than all else here.
 */
export function runLanes<T, R>(contest: Contest<T, R>): Promise<R> {
  return new Lanes(contest).run();
}

class Lanes<T, R> {
  private readonly contest: Contest<T, R>;
  private readonly outer = CancellationScope.current();
  private timer: CancellationScope | undefined;
  private readonly lanes: Lane[] = [];
  private next = 0;
  private over = false;
  private succeed!: (result: R) => void;
  private fail!: (error: unknown) => void;

  constructor(contest: Contest<T, R>) {
    this.contest = contest;
  }

  run(): Promise<R> {
    if (this.outer.consideredCancelled) return Promise.reject(new CancelledFailure('cancelled before work began'));
    const decided = new Promise<R>((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
    this.outer.cancelRequested.catch((error: unknown) => {
      if (this.outer.consideredCancelled) this.lose(error);
    });
    if (this.contest.deadline) this.watch(this.contest.deadline.afterMs);
    const lanes = Math.min(this.contest.count, this.contest.maxConcurrency, mostPending);
    while (this.lanes.length < lanes) this.open();
    return decided;
  }

  private open(): void {
    const lane: Lane = { scope: new LaneScope({ cancellable: true, parent: this.outer }) };
    this.lanes.push(lane);
    lane.scope.enter(() => {
      this.drive(lane);
    });
  }

  /** Takes the next piece of work. */
  private drive(lane: Lane): void {
    if (this.over || this.next >= this.contest.count) return;
    const index = this.next++;
    lane.work = this.begin(index).then(
      (value) => {
        this.ended(lane, index, { status: 'fulfilled', value });
      },
      (error: unknown) => {
        this.ended(lane, index, { status: 'rejected', error });
      },
    );
  }

  /** A throw before the first wait is an outcome like any other. */
  private begin(index: number): Promise<T> {
    try {
      return this.contest.work(index);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it is
      return Promise.reject(error);
    }
  }

  private ended(lane: Lane, index: number, outcome: Outcome<T>): void {
    lane.work = undefined;
    this.contest.ended?.(index, outcome);
    this.settle(index, outcome);
    if (!lane.scope.consideredCancelled) this.drive(lane);
    // Work that cancelled its own scope must not take the lane's remaining work along.
    else if (!this.over && this.next < this.contest.count) this.open();
  }

  private settle(index: number, outcome: Outcome<T>): void {
    if (this.over) return;
    if (this.outer.consideredCancelled) {
      this.lose(new CancelledFailure('cancelled while work was running'));
      return;
    }
    this.decide(() => this.contest.judge(index, outcome));
  }

  private watch(afterMs: number): void {
    let passed = false;
    this.timer = new CancellationScope();
    const waiting = this.timer.run(async () => {
      await Promise.all([
        sleep(afterMs).then(() => {
          passed = true;
        }),
        // Conditions are looked at when the task's other events have taken effect, so these still count.
        condition(() => passed),
      ]);
    });
    waiting.then(
      () => {
        if (!this.over) this.decide(() => this.timeUp());
      },
      () => undefined,
    );
  }

  private timeUp(): { readonly result: R } | undefined {
    return this.contest.deadline && { result: this.contest.deadline.timeUp() };
  }

  private decide(judge: () => { readonly result: R } | undefined): void {
    try {
      const verdict = judge();
      if (!verdict) return;
      this.end();
      this.succeed(verdict.result);
    } catch (error) {
      this.lose(error);
    }
  }

  private lose(error: unknown): void {
    if (this.over) return;
    this.end();
    this.fail(error);
  }

  private end(): void {
    this.over = true;
    this.timer?.cancel();
    for (const { work, scope } of this.lanes) {
      if (!work) continue;
      addStraggler(work);
      scope.cancel();
    }
  }
}
