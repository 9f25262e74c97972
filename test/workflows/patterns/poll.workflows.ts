import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { poll, type PollOptions, type PollResult } from '../../../src/workflows/patterns/poll.ts';

export interface Parcels {
  /** Where a parcel is by now. */
  track(): Promise<string>;
  /** Throws `notYet` until the parcel has arrived. */
  arrival(): Promise<string>;
}

const options = {
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

const quick = proxyActivities<Parcels>({
  ...options,
  startToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
});
const patient = proxyActivities<Parcels>({
  ...options,
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '3 days',
});

type Waiting = Pick<PollOptions<string>, 'every' | 'timeout' | 'backoff' | 'maxHistoryEvents'>;

interface Waited {
  readonly result: PollResult<string>;
  readonly minutes: number;
  readonly continued: boolean;
}

export async function untilArrived(waiting: Waiting): Promise<Waited> {
  const start = workflowInfo().startTime.getTime();
  const result = await poll(() => quick.track(), {
    ...waiting,
    until: (place) => place === 'arrived',
    failed: (place) => place === 'lost',
  });
  const minutes = Math.round((Date.now() - start) / 60_000);
  return { result, minutes, continued: workflowInfo().continuedFromExecutionRunId !== undefined };
}

export async function withoutHistory(): Promise<string> {
  return patient.arrival();
}
