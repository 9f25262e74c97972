import { ActivityCancellationType, proxyActivities, sleep } from '@temporalio/workflow';
import { saga } from '../../src/workflows/patterns/saga.ts';

export interface Books {
  book(key: string): Promise<string>;
  /** Books, says so, and does not end before it is cancelled. */
  bookForever(key: string): Promise<string>;
  unbook(key: string): Promise<void>;
}

const books = proxyActivities<Books>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
const undo = (_: unknown, key: string): Promise<void> => books.unbook(key);

/** Books a and b with a pause in between, then c, which does not end. */
export async function booking(pivot: boolean): Promise<void> {
  await saga(async (tx) => {
    await tx.step('a', (key) => books.book(key), undo);
    await sleep(100);
    await tx.step('b', (key) => books.book(key), undo);
    if (pivot) tx.pivot();
    await tx.step('c', (key) => books.bookForever(key), undo);
  });
}

/** No saga, so nothing to undo. */
export async function plain(): Promise<void> {
  await books.bookForever('plain');
}
