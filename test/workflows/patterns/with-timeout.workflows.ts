import { ActivityCancellationType, proxyActivities, sleep } from '@temporalio/workflow';
import { categoryOf } from '../../../src/failures.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { withTimeout } from '../../../src/workflows/patterns/with-timeout.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

/** The work has so many seconds. */
export async function limited(ms: number, seconds: number): Promise<string> {
  return withTimeout(() => work('slow', ms), seconds * 1_000);
}

/** Says what kind of failure it is when time runs out. */
export async function category(): Promise<string | undefined> {
  try {
    await withTimeout(() => sleep('2 days'), '1 day');
    return 'in time';
  } catch (error) {
    return categoryOf(error);
  }
}

/** One branch is out of time, the other takes longer. */
export async function inBranch(): Promise<unknown> {
  const result = await parallel(
    { late: () => withTimeout(() => sleep('3 days'), '1 minute'), slow: () => sleep('2 minutes').then(() => 'slow') },
    { join: 'settled' },
  );
  return { late: result.late.status, slow: result.slow };
}

export async function failing(): Promise<string> {
  return withTimeout(() => fail('step', 'resource'), '1 day');
}

export async function waiting(): Promise<void> {
  return withTimeout(() => sleep('2 days'), '1 day');
}

/** Work and time end at the same moment; the work goes through as many promises as asked. */
export async function photoFinish(depth: number): Promise<string> {
  const wrapped = async (left: number): Promise<string> => {
    if (left > 0) return wrapped(left - 1);
    await sleep('1 minute');
    return 'in time';
  };
  return withTimeout(() => wrapped(depth), '1 minute');
}

export async function bad(duration: number | string): Promise<void> {
  return withTimeout(() => sleep('1 day'), duration as number);
}
