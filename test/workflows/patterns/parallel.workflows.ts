import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  proxyActivities,
  sleep,
} from '@temporalio/workflow';
import { parallel, type Join } from '../../../src/workflows/patterns/parallel.ts';

export interface Steps {
  /** Waits, books the name, answers with it; notices cancellation. */
  work(name: string, ms: number): Promise<string>;
  fail(name: string, ms: number): Promise<string>;
}

const { work, fail } = proxyActivities<Steps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

/** `plan`: branch name to milliseconds; negative: fails after them. */
export async function joined(plan: Record<string, number>, join: Join, timeout?: number): Promise<unknown> {
  const branches = Object.fromEntries(
    Object.entries(plan).map(([name, ms]) => [name, () => (ms < 0 ? fail(name, -ms) : work(name, ms))]),
  );
  const result = await parallel(branches, { join, ...(timeout === undefined ? {} : { timeout }) });
  return JSON.parse(
    JSON.stringify(result, (_, value: unknown) => (value instanceof Error ? 'error' : value)),
  ) as unknown;
}

/** Timers only, so that time is skipped; answers with the largest number of branches that ran at once. */
export async function windowed(count: number, maxConcurrency: number): Promise<number> {
  let running = 0;
  let most = 0;
  const branch = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await sleep('1 minute');
    running -= 1;
  };
  await parallel(Object.fromEntries(Array.from({ length: count }, (_, i) => [`b${i}`, branch])), { maxConcurrency });
  return most;
}

/** Says whether the join ended with the cancellation itself rather than as a branch's failure. */
export async function cancelled(join: Join): Promise<string> {
  try {
    await parallel({ a: () => sleep('1 day'), b: () => sleep('2 days') }, { join });
    return 'joined';
  } catch (error) {
    if (isCancellation(error)) throw error;
    return 'counted as a failure';
  }
}

/** The first branch cancels the scope it runs in; two branches run at a time. */
export async function selfCancelling(): Promise<string[]> {
  const other = (): Promise<void> => sleep('1 minute');
  const first = (): Promise<void> => {
    CancellationScope.current().cancel();
    return sleep('1 minute');
  };
  const outcomes = await parallel({ first, b: other, c: other, d: other }, { join: 'settled', maxConcurrency: 2 });
  return Object.values(outcomes).map((outcome) => outcome.status);
}

/** The branch goes on for an hour whatever happens; answers with the minutes after which the join was cancelled. */
export async function deaf(): Promise<number> {
  const start = Date.now();
  const branch = (): Promise<void> => CancellationScope.nonCancellable(() => sleep('1 hour'));
  await parallel({ branch }).catch(() => undefined);
  return Math.round((Date.now() - start) / 60_000);
}

/** A join that begins when the run is cancelled already; answers whether its branch began. */
export async function tooLate(): Promise<boolean> {
  let began = false;
  await sleep('1 day').catch(() => undefined);
  const branch = async (): Promise<void> => {
    began = true;
  };
  await parallel({ branch }).catch(() => undefined);
  return began;
}

/** Branch and time end at the same moment. */
export async function photoFinish(): Promise<unknown> {
  const late = async (): Promise<string> => {
    await sleep('1 minute');
    return 'in time';
  };
  const { branch } = await parallel({ branch: late }, { join: 'settled', timeout: '1 minute' });
  return branch;
}
