import { ActivityCancellationType, CancellationScope, proxyActivities, sleep } from '@temporalio/workflow';
import { failure, type Category } from '../../../src/failures.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { withFallback } from '../../../src/workflows/patterns/with-fallback.ts';
import type { BranchSteps } from './branch-steps.ts';

const { work, fail } = proxyActivities<BranchSteps>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

/** One branch fails with the category and gets a default. */
export async function defaulted(category: Category): Promise<unknown> {
  return parallel({
    credit: () => withFallback(() => fail('credit', category), 'unknown'),
    address: () => work('address'),
  });
}

/** Fails with the category; the default applies to those in `when`. */
export async function onlyFor(category: Category, when: Category[]): Promise<string> {
  return withFallback(() => fail('credit', category), 'unknown', { when });
}

/** The default is worked out by an activity, if the first one fails. */
export async function computed(first: 'works' | 'fails', last: 'works' | 'fails'): Promise<string> {
  return withFallback(
    () => (first === 'works' ? work('first') : fail('first', 'logic')),
    () => (last === 'works' ? work('default') : fail('default', 'resource')),
  );
}

/** Waits a day; when cancelled, the work itself says so, or fails with something else. */
export async function waiting(answer: 'cancelled' | 'broken'): Promise<string> {
  return withFallback(async () => {
    try {
      await sleep('1 day');
    } catch (error) {
      throw answer === 'cancelled' ? error : failure('dependency', 'broke while stopping', { type: 'Broken' });
    }
    return 'waited';
  }, 'default');
}

/** In a scope that nothing cancels, as in the undo of a cancelled saga, a default still applies. */
export async function shielded(): Promise<string> {
  try {
    await sleep('1 day');
    return 'waited';
  } catch {
    return await CancellationScope.nonCancellable(() =>
      withFallback(() => fail('undo', 'dependency'), 'left as it is'),
    );
  }
}
