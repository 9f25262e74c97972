/**
 * What holds for every run: messages are answered from the first task on, stragglers settle, handlers finish, and a run
 * that goes on with another one gets what that has finished.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { decide, listGates } from './patterns/approval-gate.ts';
import { wanted, watchCall, watchTimer } from './patterns/continuation.ts';
import { decideSignal, decideUpdate, gatesQuery, progressQuery } from './patterns/gate-messages.ts';
import { headersFor, openResume, resumable, resumeQuery, type Continuation } from './patterns/resume.ts';
import { closeProgress, openProgress, progressTree, settleStragglers } from './patterns/run-state.ts';

/** The only state here: whether the continuing-as-new under way is our own. */
let continuation: Continuation = 'anew';

const inbound: WorkflowInboundCallsInterceptor = {
  async execute(input, next): Promise<unknown> {
    openProgress(workflowInfo().workflowType);
    openResume(input.headers);
    const running = next(input);
    // After the workflow's first steps and still in its first task: an early vote finds the gates they opened.
    setHandler(progressQuery, progressTree);
    setHandler(gatesQuery, listGates);
    setHandler(resumeQuery, resumable);
    setHandler(decideUpdate, decide);
    setHandler(decideSignal, (decision) => void decide(decision));
    try {
      // The workflow's code stays suspended where it asked to continue as new, so that no `catch` of it takes that for a failure.
      const result = await Promise.race([running, wanted.then(() => continueFromTop(input.args))]);
      closeProgress('done');
      return result;
    } catch (error) {
      if (error instanceof ContinueAsNew) closeProgress('done', 'goes on in a new run');
      else
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
};

function continueFromTop(args: unknown[]): Promise<never> {
  continuation = 'resume';
  return makeContinueAsNewFunc()(...args);
}

const outbound: WorkflowOutboundCallsInterceptor = {
  async continueAsNew(input, next): Promise<never> {
    return next({ ...input, headers: { ...input.headers, ...(await headersFor(continuation)) } });
  },
  scheduleActivity(input, next) {
    const call = next(input);
    watchCall(input.activityType, call);
    return call;
  },
  scheduleLocalActivity(input, next) {
    const call = next(input);
    watchCall(input.activityType, call);
    return call;
  },
  startChildWorkflowExecution(input, next) {
    const call = next(input);
    watchCall(
      input.workflowType,
      call.then(([, result]) => result),
    );
    return call;
  },
  startTimer(input, next) {
    const timer = next(input);
    watchTimer(timer);
    return timer;
  },
};

export const interceptors = (): WorkflowInterceptors => ({ inbound: [inbound], outbound: [outbound] });
