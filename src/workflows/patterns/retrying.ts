import type { Duration } from '@temporalio/common';
import { sleep } from '@temporalio/workflow';
import { categoryOf, type Category } from '../../failures.ts';
import { askedDelay } from './asked-delay.ts';
import { badArgument } from './bad-argument.ts';
import { passCancellation } from './cancellation.ts';
import { positiveMs } from './duration.ts';
import { track } from './run-state.ts';

export interface RetryingOptions {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  /** Wait before the next attempt: `initial`, then `coefficient` times as long each time, never above `maximum`. */
  readonly backoff?: Backoff;
  /**
   * Failures after which it tries again; one without a category counts as `transient`.
   * @default ['transient', 'resource', 'dependency']
   */
  readonly when?: readonly Category[];
}

export interface Backoff {
  /** @default '1 second' */
  readonly initial: Duration;
  /** @default 2 */
  readonly coefficient?: number;
  /** @default 100 times `initial` */
  readonly maximum?: Duration;
}

const worthIt: readonly Category[] = ['transient', 'resource', 'dependency'];

/**
 * Tries work again, with durable timers in between, for work of more than one step; a single activity has a retry
 * policy of its own, which costs no history.
 *
 * The last error is thrown as it is. A `nextRetryDelay` on the failure wins over the backoff. Losers: none. On
 * cancellation it stops at once, also while it waits. There is no time-out: put `withTimeout` around it or inside. On
 * replay the same attempts follow each other.
 */
export async function retrying<T>(work: (attempt: number) => Promise<T>, options: RetryingOptions): Promise<T> {
  const { maxAttempts, when = worthIt } = options;
  const waitAfter = waits(options);
  return track('retrying', 'retrying', async (node) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const value = await work(attempt);
        if (attempt > 1) node.outcome = `attempt ${String(attempt)} of ${String(maxAttempts)}`;
        return value;
      } catch (error) {
        passCancellation(error);
        if (attempt >= maxAttempts || !when.includes(categoryOf(error) ?? 'transient')) throw error;
        await sleep(askedDelay(error) ?? waitAfter(attempt));
      }
    }
  });
}

function waits({ maxAttempts, backoff }: RetryingOptions): (attempt: number) => number {
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1)) {
    throw badArgument(`maxAttempts: expected a whole number of at least 1, got ${String(maxAttempts)}`);
  }
  const initial = positiveMs('backoff.initial', backoff?.initial ?? '1 second');
  const coefficient = backoff?.coefficient ?? 2;
  const maximum = backoff?.maximum === undefined ? initial * 100 : positiveMs('backoff.maximum', backoff.maximum);
  if (!(coefficient >= 1)) throw badArgument(`backoff.coefficient: expected at least 1, got ${String(coefficient)}`);
  if (!(maximum >= initial)) throw badArgument('backoff.maximum: expected at least the initial wait');
  return (attempt) => Math.min(initial * coefficient ** (attempt - 1), maximum);
}
