import { CancellationScope, proxyActivities, sleep } from '@temporalio/workflow';
import { failure } from '../../../src/failures.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { stage } from '../../../src/workflows/patterns/stage.ts';
import { withTimeout } from '../../../src/workflows/patterns/with-timeout.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work } = proxyActivities<BranchSteps>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });

const broken = (message: string): Error => failure('logic', message, { type: 'Broken' });

/** Stages of these names, one after the other; then it fails. */
export async function named(names: string[]): Promise<void> {
  for (const [index, name] of names.entries()) await stage(name, async () => index);
  throw broken('the end');
}

/** What is inside of a finished stage, and what is inside of one that failed. */
export async function inside(): Promise<void> {
  await stage('whole', async () => {
    await stage('part', async () => 1);
    return 2;
  });
  await stage('broken', async () => {
    await stage('part', async () => 3);
    throw broken('the end');
  });
}

/** A stage that throws instead of returning a promise. */
export async function throwing(message: string): Promise<string> {
  const end = stage('thrown', (): Promise<string> => {
    throw broken(message);
  });
  return end.catch((error: unknown) => (error as Error).message);
}

/** A wait in a stage, and one that is given up after a minute. */
export async function waiting(): Promise<void> {
  await withTimeout(() => sleep('1 hour'), '1 minute').catch(() => undefined);
  await stage('wait', () => sleep('1 day'));
}

/** A loser leaves a loser of its own behind, which has its effect another minute later. */
export async function losers(): Promise<string> {
  const beside = async (loser: () => Promise<unknown>): Promise<unknown> =>
    parallel({ quick: async () => 'won', loser: () => CancellationScope.nonCancellable(loser) }, { join: 'any' });
  await beside(async () => {
    await sleep('1 minute');
    await beside(async () => {
      await sleep('1 minute');
      await work('late');
    });
  });
  return 'done';
}
