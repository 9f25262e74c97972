import { msToNumber, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { ApplicationFailure } from '@temporalio/workflow';
import { rootOf } from '../../failures.ts';

/**
 * The delay that a failure asks for before the next attempt, in milliseconds. The SDK decodes no `nextRetryDelay`, so that
 * of an activity's failure is read from the failure as it arrived.
 */
export function askedDelay(error: unknown): number | undefined {
  const root = rootOf(error);
  if (!(root instanceof ApplicationFailure)) return undefined;
  if (root.nextRetryDelay != null) return msToNumber(root.nextRetryDelay);
  return optionalTsToMs(root.failure?.applicationFailureInfo?.nextRetryDelay);
}
