import { ActivityCancellationType, proxyActivities, sleep } from '@temporalio/workflow';
import { failure, type Category } from '../../../src/failures.ts';
import { fallback } from '../../../src/workflows/patterns/fallback.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { retrying, type RetryingOptions } from '../../../src/workflows/patterns/retrying.ts';
import { stage } from '../../../src/workflows/patterns/stage.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail, flaky } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

/** One branch needs three attempts of two steps each; the other is done at once. */
export async function branches(): Promise<unknown> {
  return parallel({
    shaky: () =>
      retrying(
        async () => {
          await work('prepare');
          return flaky('shaky', 3);
        },
        { maxAttempts: 5 },
      ),
    steady: () => work('steady'),
  });
}

/** Fails each time. */
export async function failing(
  options: RetryingOptions,
  category: Category = 'transient',
  delay?: number,
): Promise<string> {
  return retrying((attempt) => fail(`attempt ${attempt}`, category, delay), options);
}

/** The failure is thrown in the workflow itself. */
export async function failingInWorkflow(): Promise<string> {
  return retrying(
    async (attempt) => {
      if (attempt > 1) return `attempt ${attempt}`;
      throw failure('resource', 'full', { type: 'Full', nextRetryDelay: '5 minutes' });
    },
    { maxAttempts: 2 },
  );
}

/** The failure asks for five minutes, inside a stage. */
export async function failingInStage(): Promise<string> {
  return retrying(() => stage('inside', () => fail('in stage', 'resource', 300)), { maxAttempts: 2 });
}

/** Each alternative asks for its own delay; together they ask for none. */
export async function failingAlternatives(): Promise<string> {
  return retrying(
    () =>
      fallback(
        () => fail('one', 'resource', 40),
        () => fail('other', 'resource', 50),
      ),
    {
      maxAttempts: 2,
    },
  );
}

/** Waits a day between attempts, or in the first of them. */
export async function endless(where: 'attempt' | 'pause'): Promise<unknown> {
  return retrying<unknown>(() => (where === 'pause' ? fail('endless', 'transient') : sleep('1 day')), {
    maxAttempts: 3,
    backoff: { initial: '1 day' },
  });
}

export async function bad(options: RetryingOptions): Promise<string> {
  return retrying(() => work('never'), options);
}
