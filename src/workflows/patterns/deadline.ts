import { CancellationScope, sleep } from '@temporalio/workflow';
import { addStraggler } from './run-state.ts';

/** What came of work that had to be done by a moment. */
type InTime<T> = { readonly status: 'done'; readonly value: T } | { readonly status: 'expired' };

/** A moment in workflow time that ends a loop: one timer, however many rounds. */
export class Deadline {
  private readonly scope = new CancellationScope();
  private readonly passed: Promise<unknown>;
  private readonly at: number;

  /** `at`: milliseconds since 1970. */
  constructor(at: number) {
    this.at = at;
    this.passed = this.scope
      .run(() => sleep(Math.max(1, at - Date.now())))
      // Cancelled with the loop: whoever waits hears it from the work.
      .catch(() => new Promise<never>(() => undefined));
  }

  isOver(): boolean {
    return Date.now() >= this.at;
  }

  /** Runs `work` unless the deadline passes first: then the work is asked to cancel and becomes a straggler. */
  async race<T>(work: () => Promise<T>): Promise<InTime<T>> {
    const scope = new CancellationScope();
    const running = scope.run(work);
    const first = await Promise.race([
      running.then((value) => ({ status: 'done', value }) as const),
      this.passed.then(() => ({ status: 'expired' }) as const),
    ]);
    if (first.status === 'expired') {
      addStraggler(running);
      scope.cancel();
    }
    return first;
  }

  /** Takes the timer back. */
  stop(): void {
    this.scope.cancel();
  }
}
