/** The activities that both sides call, with the same options, so that only the orchestration differs. */
import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Steps } from './activities.ts';

export const stepOptions: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 5 },
};

export const steps = proxyActivities<Steps>(stepOptions);
