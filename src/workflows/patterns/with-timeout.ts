import type { Duration } from '@temporalio/common';
import { failure } from '../../failures.ts';
import { positiveMs } from './duration.ts';
import { runLanes } from './lanes.ts';
import { track } from './run-state.ts';

/**
 * Does the work, or fails with `StepTimedOut` (category `transient`) when `duration` has passed.
 *
 * Losers: work that runs out of time is asked to cancel and becomes a straggler: the run does not close before it has
 * ended. A result that arrives in the same workflow task as the end of the time counts: a result in hand is not thrown
 * away. On cancellation from outside it ends with the cancellation, never as a time-out. The timer is cancelled when
 * the work ends first. On replay the same of the two comes first.
 */
export async function withTimeout<T>(work: () => Promise<T>, duration: Duration): Promise<T> {
  const afterMs = positiveMs('timeout', duration);
  return track('timeout', 'with timeout', (node) =>
    runLanes<T, T>({
      count: 1,
      maxConcurrency: 1,
      work,
      judge(_, outcome) {
        if (outcome.status === 'rejected') throw outcome.error;
        return { result: outcome.value };
      },
      deadline: {
        afterMs,
        timeUp() {
          node.state = 'timedOut';
          throw failure(
            'transient',
            `not done within ${typeof duration === 'number' ? `${String(duration)} ms` : duration}`,
            { type: 'StepTimedOut' },
          );
        },
      },
    }),
  );
}
