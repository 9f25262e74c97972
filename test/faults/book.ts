/** What the explored workflows call. */
import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import { key } from '../../src/workflows/patterns/stage.ts';

export interface Booking {
  /** Books under a key; the same key again changes nothing. */
  book(key: string): Promise<string>;
  /** Takes a booking back; one that never happened is fine, and never happens after this. */
  unbook(key: string): Promise<void>;
  /** Books after a while, unless it is cancelled before. */
  bookSlowly(key: string): Promise<string>;
}

export const options: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 3 },
};

export const booking = proxyActivities<Booking>(options);

/** Books a name for this run, and gives the key. */
export const book = (name: string): Promise<string> => booking.book(key(name));
