import {
  ActivityCancellationType,
  CancellationScope,
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import { categoryOf, type Category } from '../src/failures.ts';
import { stage } from '../src/workflows/patterns/stage.ts';

export interface Broken {
  /** Fails as the category says; without one, with a plain error. */
  fail(category: Category | null): Promise<void>;
  /** Never ends by itself. */
  hang(): Promise<void>;
}

const options = {
  startToCloseTimeout: '10 seconds',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
} as const;
const broken = proxyActivities<Broken>(options);
const brokenForGood = proxyActivities<Broken>({ ...options, scheduleToCloseTimeout: '1 hour', retry: {} });
const silent = proxyActivities<Broken>({ startToCloseTimeout: '1 second', retry: { maximumAttempts: 1 } });
const local = proxyLocalActivities<Broken>({ startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 1 } });

/** Calls an activity that fails, and says how long it was tried and what the failure's category is. */
export async function tried(category: Category | null): Promise<{ category: string; seconds: number }> {
  const start = Date.now();
  try {
    await broken.fail(category);
  } catch (error) {
    return { category: String(categoryOf(error)), seconds: Math.round((Date.now() - start) / 1000) };
  }
  throw new Error('it did not fail');
}

/** Fails as a child workflow. */
export async function failing(): Promise<void> {
  await stage('inside', () => broken.fail('dependency'));
}

const ways = {
  stage: () => stage('outer', () => stage('inner', () => broken.fail('validation'))),
  child: () => executeChild(failing),
  local: () => local.fail('logic'),
  startToClose: () => silent.hang(),
  scheduleToClose: () => brokenForGood.fail('dependency'),
  cancelled: async () => {
    const scope = new CancellationScope();
    const running = scope.run(() => sleep('1 hour'));
    scope.cancel();
    await running;
  },
} satisfies Record<string, () => Promise<unknown>>;
export type Way = keyof typeof ways;

/** The category of a failure that comes one of these ways. */
export async function through(way: Way): Promise<string> {
  try {
    await ways[way]();
  } catch (error) {
    return String(categoryOf(error));
  }
  throw new Error('it did not fail');
}
