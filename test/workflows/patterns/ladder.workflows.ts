import { ActivityCancellationType, proxyActivities, sleep } from '@temporalio/workflow';
import { failure } from '../../../src/failures.ts';
import { ladder, type LadderOptions, type Rung } from '../../../src/workflows/patterns/ladder.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

interface Answer {
  readonly by: string;
  readonly confidence: number;
}

/** Rungs by name with the confidence of their answer; `null`: the rung fails. Each costs ten times the one before. */
export async function climb(rungs: [string, number | null][], scored = true): Promise<unknown> {
  const options: LadderOptions<Answer> = {
    accept: ({ confidence }) => confidence >= 0.9,
    ...(scored ? { score: ({ confidence }) => confidence } : {}),
  };
  return ladder(
    rungs.map(([name, confidence], height): Rung<string, Answer> => ({
      name,
      run: async () => ({
        by: confidence === null ? await fail(name, 'resource') : await work(name),
        confidence: confidence ?? 0,
      }),
      cost: () => 10 ** height,
    })),
    options,
  );
}

export async function scoreless(): Promise<unknown> {
  return ladder([{ name: 'only', run: async () => 1 }], { accept: () => false, score: () => NaN });
}

/** The first rung waits a day; when cancelled it says so, or fails with something else. */
export async function waiting(answer: 'cancelled' | 'broken'): Promise<unknown> {
  const rest = async (): Promise<string> => {
    try {
      await sleep('1 day');
    } catch (error) {
      throw answer === 'cancelled' ? error : failure('dependency', 'broke while stopping', { type: 'Broken' });
    }
    return 'rested';
  };
  return ladder(
    [
      { name: 'slow', run: rest },
      { name: 'next', run: () => work('next') },
    ],
    { accept: () => true },
  );
}
