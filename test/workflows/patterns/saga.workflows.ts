import { ActivityCancellationType, CancellationScope, condition, proxyActivities, sleep } from '@temporalio/workflow';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { retrying, type RetryingOptions } from '../../../src/workflows/patterns/retrying.ts';
import { saga } from '../../../src/workflows/patterns/saga.ts';

export interface Ledger {
  book(key: string): Promise<string>;
  unbook(key: string, done: string | null): Promise<void>;
  refuse(key: string): Promise<string>;
  /** Books, then fails: the outcome is unknown to the workflow. */
  bookAndFail(key: string): Promise<string>;
  slow(key: string): Promise<string>;
  cannotUnbook(key: string): Promise<void>;
  /** Fails twice, then books. */
  bookAtLast(key: string): Promise<string>;
  tell(standing: readonly string[]): Promise<void>;
  /** Fails as `dependency`, always. */
  down(key: string): Promise<string>;
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

/** A branch that loses, and does its work a minute after it was asked to cancel. */
const losing = (work: () => Promise<void>) => async (): Promise<void> => {
  const { cancelRequested } = CancellationScope.current();
  await CancellationScope.nonCancellable(async () => {
    await cancelRequested.catch(() => undefined);
    await sleep('1 minute');
    await work();
  });
};

/** A loser that is no step; answers whether it had ended when the saga was undone. */
export async function loserInside(): Promise<boolean> {
  let hasEnded = false;
  let endedFirst = false;
  const loser = losing(async () => {
    hasEnded = true;
  });
  const running = saga(async (tx) => {
    const lookAround = async (): Promise<void> => {
      endedFirst = hasEnded;
    };
    await tx.step('a', (key) => ledger.book(short(key)), lookAround);
    return parallel({ loser, bad: () => ledger.refuse('b') });
  });
  await running.catch(() => undefined);
  return endedFirst;
}

/** Books a, passes the pivot, and goes on with b. */
export async function pivoted(last: 'refuse' | 'bookAtLast'): Promise<unknown> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    tx.pivot();
    return tx.step('b', (key) => ledger[last](short(key)), undo);
  });
}

/** Like {@link pivoted}, with a step that never succeeds; answers with the hours after which it gave up. */
export async function givingUp(forward?: RetryingOptions): Promise<number> {
  const start = Date.now();
  await saga(async (tx) => {
    tx.pivot();
    return tx.step('b', (key) => ledger.down(short(key)));
  }, forward && { forward }).catch(() => undefined);
  return Math.round((Date.now() - start) / 360_000) / 10;
}

/** A loser begins a step when the saga is being undone already; answers with the name of the failure it got. */
export async function stepTooLate(): Promise<string> {
  let got = 'none';
  const running = saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    const loser = losing(async () => {
      await tx
        .step('c', (key) => ledger.book(short(key)), undo)
        .catch((error: unknown) => {
          got = (error as Error).name;
        });
    });
    return parallel({ loser, bad: () => ledger.refuse('b') });
  });
  await running.catch(() => undefined);
  return got;
}

/** Comes to its pivot a minute after a, without having noticed whether it was cancelled meanwhile. */
export async function unawareAtPivot(shielded: boolean): Promise<string> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    await CancellationScope.nonCancellable(() => sleep('1 minute'));
    const goOn = (): Promise<string> => {
      tx.pivot();
      return tx.step('b', (key) => ledger.book(short(key)), undo);
    };
    return shielded ? CancellationScope.nonCancellable(goOn) : goOn();
  });
}

/** Undoes a and b at the same time: the one of a needs that of b to have begun. */
export async function undoneTogether(): Promise<unknown> {
  let begun = false;
  return saga(
    async (tx) => {
      await tx.step(
        'a',
        (key) => ledger.book(short(key)),
        async (done, key) => {
          begun = true;
          return undo(done, key);
        },
      );
      await tx.step(
        'b',
        (key) => ledger.book(short(key)),
        async (done, key) => {
          await condition(() => begun);
          return undo(done, key);
        },
      );
      return tx.step('c', (key) => ledger.refuse(key));
    },
    { parallelUndo: true },
  );
}

/** Nothing can be undone unless `willing`, and somebody is told; `mute`: telling fails too. */
export async function alerted(mute: boolean, willing = false): Promise<unknown> {
  return saga(
    async (tx) => {
      const stubborn = (done: string | undefined, key: string): Promise<void> =>
        willing ? undo(done, key) : ledger.cannotUnbook(short(key));
      await tx.step('a', (key) => ledger.book(short(key)), stubborn);
      await tx.step('b', (key) => ledger.book(short(key)), stubborn);
      return tx.step('c', (key) => ledger.refuse(key));
    },
    {
      alert: async (standing) => {
        if (mute) throw new Error('nobody is there');
        await ledger.tell(standing.map(({ step }) => step));
      },
    },
  );
}

/** Refuses by a value; then does what a saga must not do any more. */
export async function refusing(then: 'return' | 'step' | 'pivot first'): Promise<string> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    if (then === 'pivot first') tx.pivot();
    await tx.compensate();
    if (then === 'step') await tx.step('b', (key) => ledger.book(short(key)), undo);
    return 'refused';
  });
}

/** The inner saga succeeds or fails; the outer one fails in any case. */
export async function nested(inner: 'book' | 'refuse'): Promise<unknown> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    await saga(async (within) => {
      await within.step('b', (key) => ledger.book(short(key)), undo);
      await within.step('c', (key) => ledger[inner](short(key)), undo);
    });
    await tx.step('d', (key) => ledger.book(short(key)), undo);
    return tx.step('e', (key) => ledger.refuse(key), undo);
  });
}

/** b is called when everything is being cancelled already: its activity is never sent. */
export async function neverSent(): Promise<unknown> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.slow(short(key)), undo).catch(() => undefined);
    return tx.step('b', (key) => ledger.book(short(key)), undo);
  });
}

/** Tries a whole saga again after it was undone. */
export async function again(): Promise<unknown> {
  return retrying(
    (attempt) =>
      saga(async (tx) => {
        await tx.step('a', (key) => ledger.book(short(key)), undo);
        return attempt < 3 ? tx.step('b', (key) => ledger.bookAndFail(short(key))) : 'booked';
      }),
    { maxAttempts: 3 },
  );
}

/** Tries one step again under its own name: its effect is one. */
export async function stepAgain(last: 'book' | 'refuse'): Promise<unknown> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.bookAndFail(short(key)), undo).catch(() => undefined);
    await tx.step('a', (key) => ledger[last](short(key)), undo);
    return tx.step('z', (key) => ledger.refuse(key), undo);
  });
}

/** Two steps of one name would share one key. */
export async function sameName(): Promise<unknown> {
  return saga(async (tx) => {
    await tx.step('a', (key) => ledger.book(short(key)), undo);
    return tx.step('a', (key) => ledger.book(short(key)), undo);
  });
}

/** A step fails before anybody awaits it. */
export async function awaitedLate(): Promise<unknown> {
  return saga(async (tx) => {
    const step = tx.step('a', (key) => ledger.refuse(key), undo);
    await ledger.book('other');
    await ledger.book('more');
    return step;
  });
}

/** A saga that loses a race undoes its own steps; it must not wait for itself. */
export async function losingSaga(): Promise<unknown> {
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
