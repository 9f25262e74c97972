import type { Duration } from '@temporalio/common';
import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { batch, ranges } from '../../../src/workflows/patterns/batch.ts';
import { iterate, type IterateResult } from '../../../src/workflows/patterns/iterate.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { saga } from '../../../src/workflows/patterns/saga.ts';
import { stage } from '../../../src/workflows/patterns/stage.ts';

export interface Drafts {
  /** One better than before. */
  improve(draft: number): Promise<number>;
  /** Waits until it is cancelled. */
  stuck(draft: number): Promise<number>;
  /** What the test has said for this round. */
  attempt(round: number): Promise<number>;
  note(text: string): Promise<void>;
}

const drafts = proxyActivities<Drafts>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

export async function upTo(goal: number, maxIterations: number): Promise<IterateResult<number>> {
  return iterate(0, (state) => drafts.improve(state), { until: (state) => state >= goal, maxIterations });
}

export async function bestOf(patience: number): Promise<IterateResult<number>> {
  return iterate(0, (_, round) => drafts.attempt(round), {
    until: () => false,
    maxIterations: 6,
    score: (state) => state,
    patience,
  });
}

export async function badlyScored(): Promise<unknown> {
  return iterate(0, (_, round) => drafts.attempt(round), {
    until: () => false,
    maxIterations: 3,
    score: (state) => (state === 0 ? 0 : NaN),
  });
}

/** Gets stuck in the third round. */
export async function byDeadline(deadline: Duration): Promise<IterateResult<number>> {
  return iterate(0, (state) => (state < 2 ? drafts.improve(state) : drafts.stuck(state)), {
    until: () => false,
    deadline,
  });
}

/** Every round takes 20 minutes. */
export async function slowly(): Promise<IterateResult<number>> {
  return iterate(
    0,
    async (state) => {
      await sleep('20 minutes');
      return state + 1;
    },
    { until: () => false, deadline: '50 minutes' },
  );
}

export async function unbounded(maxIterations: number): Promise<unknown> {
  return iterate(0, (state) => drafts.improve(state), { until: () => false, maxIterations });
}

interface Long {
  readonly result: IterateResult<number>;
  readonly continued: boolean;
}

/** Long enough for several runs; what comes before stands in a stage. */
export async function long(goal: number): Promise<Long> {
  await stage('before', () => drafts.note('before'));
  const result = await iterate(0, (state) => drafts.improve(state), {
    until: (state) => state >= goal,
    deadline: '1 hour',
    score: (state) => -Math.abs(state - 20),
    maxHistoryEvents: 60,
  });
  return { result, continued: workflowInfo().continuedFromExecutionRunId !== undefined };
}

/** Two stages in a round, of which the second loops itself. */
export async function nested(): Promise<string> {
  const { state } = await iterate(
    '',
    async (text, round) => {
      await stage('note', () => drafts.note(`round ${String(round)}`));
      const inner = await iterate(0, (n) => drafts.improve(n), {
        until: (n) => n >= 12,
        maxIterations: 20,
        maxHistoryEvents: 60,
      });
      return `${text}${String(inner.iterations)},`;
    },
    { until: () => false, maxIterations: 3, maxHistoryEvents: 60 },
  );
  return state;
}

const longLoop = (): Promise<IterateResult<number>> =>
  iterate(0, (state) => drafts.improve(state), {
    until: (state) => state >= 30,
    maxIterations: 50,
    maxHistoryEvents: 40,
  });

/** An activity that nothing remembers would run twice, so the run stays what it is. */
export async function afterLooseActivity(): Promise<Long> {
  await drafts.note('loose');
  const result = await longLoop();
  return { result, continued: workflowInfo().continuedFromExecutionRunId !== undefined };
}

export async function inSaga(): Promise<boolean> {
  await saga(longLoop);
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** The other branch waits for something slow meanwhile. */
export async function besideActivity(): Promise<boolean> {
  await parallel({ loop: longLoop, slow: () => drafts.attempt(0) });
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** A loser of a join is still at work meanwhile. */
export async function besideLoser(): Promise<boolean> {
  const loser = (): Promise<number> => CancellationScope.nonCancellable(() => drafts.attempt(0));
  await parallel({ quick: async () => 1, loser }, { join: 'any' });
  await longLoop();
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** The chunk of a batch takes long meanwhile. */
export async function besideBatch(): Promise<boolean> {
  const chunk = async (): Promise<{ done: number; failed: []; skipped: number }> => {
    await drafts.attempt(0);
    return { done: 1, failed: [], skipped: 0 };
  };
  const options = { batchSize: 1, maxConcurrency: 1 };
  await parallel({ loop: longLoop, batch: () => batch(ranges(1), chunk, options) });
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** A message is being handled meanwhile. */
export async function besideMessage(): Promise<boolean> {
  let held = false;
  let released = false;
  setHandler(defineSignal('hold'), async () => {
    held = true;
    await condition(() => released);
  });
  await condition(() => held);
  await longLoop();
  released = true;
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** A timer that nothing remembers would run twice. */
export async function afterLooseTimer(): Promise<boolean> {
  await sleep('1 minute');
  await longLoop();
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** A state that JSON would change. */
export async function withDate(): Promise<boolean> {
  await iterate(
    { at: new Date(0), n: 0 },
    async ({ n }) => {
      const next = await drafts.improve(n);
      return { at: new Date(0), n: next };
    },
    { until: ({ n }) => n >= 30, maxIterations: 50, maxHistoryEvents: 40 },
  );
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** A process that takes every error for a reason to give up must not take the continuing for one. */
export async function catchingAll(): Promise<string> {
  try {
    return String((await longLoop()).state);
  } catch {
    return 'gave up';
  }
}
