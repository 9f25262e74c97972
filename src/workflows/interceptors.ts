/** What holds for every run: messages are answered from the first task on, stragglers settle, handlers finish. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { decide, listGates } from './patterns/approval-gate.ts';
import { decideSignal, decideUpdate, gatesQuery, progressQuery } from './patterns/gate-messages.ts';
import { closeProgress, openProgress, progressTree, settleStragglers } from './patterns/run-state.ts';

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      async execute(input, next): Promise<unknown> {
        openProgress(workflowInfo().workflowType);
        const running = next(input);
        // After the workflow's first steps and still in its first task: an early vote finds the gates they opened.
        setHandler(progressQuery, progressTree);
        setHandler(gatesQuery, listGates);
        setHandler(decideUpdate, decide);
        setHandler(decideSignal, (decision) => void decide(decision));
        try {
          const result = await running;
          closeProgress('done');
          return result;
        } catch (error) {
          closeProgress(
            isCancellation(error) ? 'cancelled' : 'failed',
            error instanceof Error ? error.message : undefined,
          );
          throw error;
        } finally {
          await settleStragglers();
          await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
        }
      },
    },
  ],
});
