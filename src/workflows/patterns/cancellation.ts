import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';

/**
 * Throws if the calling code is being cancelled, so that no pattern takes a cancellation for a failure: the given error
 * if it is the cancellation itself, else a `CancelledFailure`. A failure that merely says "cancelled", such as that of
 * a child workflow that somebody else cancelled, is a failure like any other.
 */
export function passCancellation(error: unknown): void {
  if (!CancellationScope.current().consideredCancelled) return;
  throw isCancellation(error) ? error : new CancelledFailure('cancelled while work was running');
}
