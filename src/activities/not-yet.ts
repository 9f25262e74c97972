import type { ApplicationFailure } from '@temporalio/common';
import { failure, type FailureOptions } from '../failures.ts';

/**
 * What a probing activity throws while there is nothing to report: Temporal repeats it after `delay` without an event
 * in the run's history, so that waiting for days costs no more than waiting for minutes. Give the activity a
 * `scheduleToCloseTimeout`, which ends the waiting as a time-out, and no `maximumAttempts`.
 */
export function notYet(delay: NonNullable<FailureOptions['nextRetryDelay']>): ApplicationFailure {
  return failure('transient', 'not yet', { type: 'NotYet', nextRetryDelay: delay });
}
