/**
 * What holds for every run: messages are answered from the first task on, stragglers settle, handlers finish, a run
 * that goes on with another one gets what that has finished, and one that was cancelled does not continue as new.
 */
import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { decide, listGates } from './patterns/approval-gate.ts';
import { noteCall, noteTimer, onContinue } from './patterns/continuation.ts';
import { decideSignal, decideUpdate, gatesQuery, progressQuery } from './patterns/gate-messages.ts';
import { headersFor, openResume, resumable, resumeQuery, type Continuation } from './patterns/resume.ts';
import {
  closeProgress,
  hasStragglers,
  openProgress,
  progressTree,
  settleStragglers,
  showProgress,
} from './patterns/run-state.ts';

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
      const result = await orContinued(running, input.args);
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
      if (hasStragglers()) await settleStragglers();
      if (!allHandlersFinished()) await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    }
  },
};

/**
 * The workflow's outcome, or the end of this run because a loop asked to continue as new. The workflow's code then stays
 * suspended where it asked, so that no `catch` of it takes that for a failure.
 */
function orContinued(running: Promise<unknown>, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    running.then(resolve, reject);
    onContinue(() => {
      continueFromTop(args).catch(reject);
    });
  });
}

function continueFromTop(args: unknown[]): Promise<never> {
  continuation = 'resume';
  return makeContinueAsNewFunc()(...args);
}

const outbound: WorkflowOutboundCallsInterceptor = {
  async continueAsNew(input, next): Promise<never> {
    const headers = { ...input.headers, ...(await headersFor(continuation)) };
    // A cancellation does not go along to the next run.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled before it went on');
    return next({ ...input, headers });
  },
  scheduleActivity(input, next) {
    const call = next(input);
    noteCall(input.activityType, call);
    return call;
  },
  scheduleLocalActivity(input, next) {
    const call = shielded(() => next(input));
    noteCall(input.activityType, call);
    return call;
  },
  startChildWorkflowExecution(input, next) {
    const call = next(input);
    const ended = call.then(([, result]) => result);
    // Whoever started the child hears of its failure; a promise that nobody handles would fail every workflow task.
    ended.catch(() => undefined);
    noteCall(input.workflowType, ended);
    return call;
  },
  startTimer(input, next) {
    noteTimer();
    return next(input);
  },
};

/**
 * Waits for a local activity even when it is cancelled, and then ends as cancelled. The SDK breaks the workflow task when a
 * local activity in flight is cancelled; they are short.
 */
async function shielded<T>(call: () => Promise<T>): Promise<T> {
  const outer = CancellationScope.current();
  const value = await CancellationScope.nonCancellable(call);
  if (outer.consideredCancelled) throw new CancelledFailure('cancelled while a local activity was running');
  return value;
}

const internals: WorkflowInternalsInterceptor = {
  concludeActivation(input, next) {
    showProgress();
    return next(input);
  },
};

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [inbound],
  outbound: [outbound],
  internals: [internals],
});
