import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { saga } from '../../../src/workflows/patterns/saga.ts';

export interface Ledger {
  book(key: string): Promise<string>;
  unbook(key: string, done: string | null): Promise<void>;
  refuse(key: string): Promise<string>;
  /** Books, then fails: the outcome is unknown to the workflow. */
  bookAndFail(key: string): Promise<string>;
  slow(key: string): Promise<string>;
  cannotUnbook(key: string): Promise<void>;
}

const ledger = proxyActivities<Ledger>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

const short = (key: string): string => key.slice(key.indexOf('/') + 1);
const undo = (done: string | undefined, key: string): Promise<void> => ledger.unbook(short(key), done ?? null);

/** Books a and b, then does what `last` says as step c. */
export async function booking(last: 'refuse' | 'bookAndFail' | 'slow' | 'book', stubborn = false): Promise<string> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    await tx.step(
      'b',
      (key) => ledger.book(short(key)),
      (done, key) => (stubborn ? ledger.cannotUnbook(short(key)) : undo(done, key)),
    );
    return tx.step('c', (key) => ledger[last](short(key)), undo);
  });
}

/** b fails while the slower a is still on its way. */
export async function inParallel(): Promise<unknown> {
  return saga((tx) =>
    parallel({
      a: () => tx.step('a', (key) => ledger.slow(short(key)), undo),
      b: () => tx.step('b', (key) => ledger.bookAndFail(short(key)), undo),
    }),
  );
}

export async function pivoted(): Promise<unknown> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    tx.pivot();
    return tx.step('b', (key) => ledger.bookAndFail(short(key)), undo);
  });
}

/** A saga that loses a race undoes its own steps; it must not wait for itself. */
export async function losing(): Promise<unknown> {
  return parallel(
    {
      winner: () => ledger.book('winner'),
      loser: () =>
        saga(async (tx) => {
          await tx.step('a', (key) => ledger.slow(short(key)), undo);
          return 'lost';
        }),
    },
    { join: 'firstSuccess' },
  );
}
