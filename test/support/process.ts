/** What tests of whole processes share: start one, wait for its gates, vote, break an activity. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Activities } from '../../src/activities/index.ts';
import { failure, type Category } from '../../src/failures.ts';
import type { Decision, DecisionAnswer, GateView } from '../../src/workflows/patterns/gate-messages.ts';
import type { Harness } from './harness.ts';
import { until } from './until.ts';

export type Handle = WorkflowHandleWithFirstExecutionRunId;
export type Faults = (real: Activities) => Partial<Activities>;

/** Starts a workflow on a worker of its own and hands its handle to `work`. */
export async function runProcess<T>(
  harness: Harness,
  workflowType: string,
  input: object,
  work: (handle: Handle) => Promise<T>,
  faults?: Faults,
): Promise<T> {
  return harness.withWorker(async (taskQueue) => {
    const workflowId = `${workflowType}-${randomUUID()}`;
    const args = [input];
    return work(await harness.client.workflow.start(workflowType, { taskQueue, workflowId, args }));
  }, faults);
}

/** The gate of this name, or the only one, as soon as it is open. */
export async function untilOpen(handle: Pick<Handle, 'query'>, name?: string): Promise<GateView> {
  return until(
    async () => {
      const open = (await handle.query<GateView[]>('gates')).filter(({ state }) => state === 'open');
      return name === undefined ? open[0] : open.find((each) => each.name === name);
    },
    `no gate ${name ?? ''} opened`,
  );
}

/** Votes by update and gives the answer. */
export function decide(handle: Pick<Handle, 'executeUpdate'>, decision: Decision): Promise<DecisionAnswer> {
  return handle.executeUpdate<DecisionAnswer, [Decision]>('decide', { args: [decision] });
}

/** The activity fails `times` times with the category before it does the real thing; always by default. */
export function broken(name: keyof Activities, category: Category = 'logic', times = Infinity): Faults {
  return (real) => {
    let left = times;
    const call = real[name].bind(real) as (...args: unknown[]) => Promise<unknown>;
    return {
      [name]: async (...args: unknown[]) => {
        left -= 1;
        if (left >= 0) throw failure(category, `${name} broke`, { type: 'Broken' });
        return call(...args);
      },
    };
  };
}

/** Ends an activity once it is told of its cancellation. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
