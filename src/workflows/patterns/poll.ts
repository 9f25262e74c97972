import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { sleep } from '@temporalio/workflow';
import { badArgument } from './bad-argument.ts';
import { loop } from './loop.ts';

export interface PollOptions<T> {
  /** Time between two probes. */
  readonly every: Duration;
  /** Each wait is `coefficient` times the one before, up to `maximum`. @default every wait is the same */
  readonly backoff?: { readonly coefficient: number; readonly maximum?: Duration };
  /** From the first probe; nothing moves it. */
  readonly timeout: Duration;
  /** What is being waited for has happened. */
  readonly until: (value: T) => boolean;
  /** It will never happen: stops at once. @default nothing is terminal */
  readonly failed?: (value: T) => boolean;
  /** Events after which the run continues as new between two probes. @default when the server suggests it, or 8,000 */
  readonly maxHistoryEvents?: number;
}

/** What came of waiting. `last`: what the last probe of a wait that timed out gave, if one ended. */
export type PollResult<T> =
  | { readonly status: 'done'; readonly value: T }
  | { readonly status: 'failed'; readonly value: T }
  | { readonly status: 'timedOut'; readonly last?: T };

/**
 * Asks again and again until the answer is there, with durable timers in between. The first probe starts at once.
 *
 * A probe that fails, after the retries of its activity, fails the poll. On timeout a probe that is still going is asked to
 * cancel and becomes a straggler; a timer is taken back. Cancelling the run ends the poll with `CancelledFailure`. On replay the
 * same probes are made. Long polls continue as new on their own, like `iterate`, and keep their timeout.
 *
 * Each probe costs the history about ten events. To wait for hours, let the activity ask: have it throw
 * `notYet(delay)`, and Temporal repeats it without an event.
 */
export async function poll<T>(probe: () => Promise<T>, options: PollOptions<T>): Promise<PollResult<T>> {
  const wait = waits(options);
  const { until, failed, maxHistoryEvents } = options;
  const { status, state } = await loop<{ readonly value?: T; readonly probed: boolean }>(
    'poll',
    { probed: false },
    async (_, round) => {
      if (round > 1) await sleep(wait(round - 1));
      return { probed: true, value: await probe() };
    },
    {
      until: ({ probed, value }) => probed && (until(value as T) || failed?.(value as T) === true),
      deadlineMs: msToNumber(options.timeout),
      ...(maxHistoryEvents === undefined ? {} : { maxHistoryEvents }),
    },
  );
  if (status !== 'done') return { status: 'timedOut', ...(state.probed ? { last: state.value as T } : {}) };
  return { status: until(state.value as T) ? 'done' : 'failed', value: state.value as T };
}

function waits<T>({ every, backoff, timeout }: PollOptions<T>): (count: number) => number {
  const first = msToNumber(every);
  const maximum = backoff?.maximum === undefined ? Infinity : msToNumber(backoff.maximum);
  const coefficient = backoff?.coefficient ?? 1;
  if (!(first > 0)) throw badArgument(`every: expected more than 0 ms, got ${String(every)}`);
  if (!(msToNumber(timeout) > 0)) throw badArgument(`timeout: expected more than 0 ms, got ${String(timeout)}`);
  if (!(coefficient >= 1)) throw badArgument(`backoff.coefficient: expected at least 1, got ${String(coefficient)}`);
  if (!(maximum >= first)) throw badArgument(`backoff.maximum: expected at least 'every', got ${String(maximum)} ms`);
  // The deadline ends a wait that is longer; a timer beyond it would only be refused.
  return (count) => Math.min(first * coefficient ** (count - 1), maximum, msToNumber(timeout));
}
