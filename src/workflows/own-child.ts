import {
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  type Workflow,
  type WorkflowResultType,
} from '@temporalio/workflow';
import { passCancellation } from './patterns/cancellation.ts';
import { track } from './patterns/run-state.ts';

/** How a child ended. `cancelled`: somebody cancelled it alone, and `child` is its id. */
export type ChildOutcome<T> =
  { readonly status: 'done'; readonly value: T } | { readonly status: 'cancelled'; readonly child: string };

/**
 * Runs a child workflow under an id of its own, by which it can be listed, watched and cancelled alone. That is an
 * outcome; its failure, termination or time-out fails the caller. Cancelling the parent cancels the child and waits until it
 * has closed; when the parent ends in any other way the child is asked to cancel too. On replay the same child is there.
 */
export async function ownChild<W extends Workflow>(
  id: string,
  workflow: W,
  ...args: Parameters<W>
): Promise<ChildOutcome<WorkflowResultType<W>>> {
  return track('child', id.slice(id.lastIndexOf('/') + 1), async (node) => {
    try {
      const value: unknown = await executeChild(workflow as Workflow, {
        workflowId: id,
        args,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        workflowTaskTimeout: '3 seconds',
      });
      return { status: 'done', value: value as WorkflowResultType<W> };
    } catch (error) {
      passCancellation(error);
      if (!isCancellation(error)) throw error;
      node.state = 'cancelled';
      return { status: 'cancelled', child: id };
    }
  });
}
