import { ActivityFailure, ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import { categoryOf, rootOf } from '../../failures.ts';
import { askedDelay } from './asked-delay.ts';
import { track } from './run-state.ts';

/**
 * Names a phase of a process. Stages nest; the progress tree shows them. Once finished its value is remembered: a run
 * that is redriven or continues as new returns it without executing the stage again, if JSON does not change it.
 *
 * A failure inside leaves as an `ApplicationFailure` of the same type and category whose details carry the names of
 * the stages, outermost first, and whose cause is the failure itself. Cancellation passes through untouched.
 */
export async function stage<T>(name: string, work: () => Promise<T>): Promise<T> {
  return track('stage', name, async () => {
    try {
      return await work();
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ApplicationFailure || error instanceof ActivityFailure))
        throw error;
      throw inStage(name, error);
    }
  });
}

/**
 * The idempotency key of a step: `workflowId/step`. Stable over retries, resets, continue-as-new and redrive, so that an
 * effect repeated under the same key happens once.
 */
export function key(step: string): string {
  return `${workflowInfo().workflowId}/${step}`;
}

function inStage(name: string, error: Error): ApplicationFailure {
  const root = rootOf(error);
  const application = root instanceof ApplicationFailure ? root : undefined;
  const [details] = (application?.details ?? []) as { stages?: readonly string[] }[];
  const delay = askedDelay(error);
  const inner = application === error ? details?.stages : undefined;
  return ApplicationFailure.create({
    message: root instanceof Error ? root.message : error.message,
    type: application?.type ?? (root instanceof Error ? root.name : 'Failure'),
    nonRetryable: true,
    details: [{ ...details, category: categoryOf(error), stages: [name, ...(inner ?? [])] }],
    ...(delay === undefined ? {} : { nextRetryDelay: delay }),
    cause: inner && error.cause instanceof Error ? error.cause : error,
  });
}
