/** How workflows call their activities. One set for each purpose, so that a process only names the purpose. */
import { ActivityCancellationType, type ActivityOptions, type LocalActivityOptions } from '@temporalio/workflow';

/** A cancelled activity is waited for: its effect never lands after the run has undone it or closed. */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** The usual step: up to two minutes an attempt; gives up after eight attempts, some two minutes. */
export const ordinary = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '3 seconds',
  cancellationType,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 8 },
} satisfies ActivityOptions;

/** What must get through, undos above all: tried for hours before it gives up. */
export const persistent = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType,
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 100 },
} satisfies ActivityOptions;

/** A courtesy such as a reminder: three attempts, then the process goes on without. */
export const bestEffort = {
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout: '3 seconds',
  cancellationType,
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
} satisfies ActivityOptions;

/** Short and without effect, run beside the workflow: repeating it after a crash costs less than a task for each. */
export const pure = {
  startToCloseTimeout: '30 seconds',
  cancellationType,
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 5 },
} satisfies LocalActivityOptions;
