import { ActivityCancellationType, proxyActivities, sleep } from '@temporalio/workflow';
import { failure, type Category } from '../../../src/failures.ts';
import { fallback } from '../../../src/workflows/patterns/fallback.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

/** Alternatives: the category that one fails with, or `null` for one that works. */
export async function alternatives(plan: (Category | null)[]): Promise<string> {
  const [first, ...others] = plan.map((category, i) => () => {
    const name = `option ${i + 1}`;
    return category === null ? work(name) : fail(name, category);
  });
  return fallback(first as () => Promise<string>, ...others);
}

/** The first alternative waits a day; when cancelled it says so, or fails with something else. */
export async function waiting(answer: 'cancelled' | 'broken'): Promise<string> {
  return fallback(
    async () => {
      try {
        await sleep('1 day');
      } catch (error) {
        throw answer === 'cancelled' ? error : failure('dependency', 'broke while stopping', { type: 'Broken' });
      }
      return 'waited';
    },
    () => work('second'),
  );
}
