import { ChildWorkflowCancellationType, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { track } from './patterns/run-state.ts';

/**
 * Starts another process and goes on without waiting for it: it lives on when this run ends or is cancelled. One that was started
 * under this id before, whoever did it, is left as it is. Gives the workflow id. On replay nothing is started again.
 */
export async function startApart(workflowType: string, workflowId: string, input: unknown): Promise<string> {
  return track('child', workflowType, async () => {
    try {
      await startChild(workflowType, {
        workflowId,
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    return workflowId;
  });
}
