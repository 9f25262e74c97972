/** Runs programs with the patterns. */
import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  proxyActivities,
  sleep,
} from '@temporalio/workflow';
import { categoryOf } from '../../src/failures.ts';
import { fallback } from '../../src/workflows/patterns/fallback.ts';
import { map } from '../../src/workflows/patterns/map.ts';
import { parallel, type Join } from '../../src/workflows/patterns/parallel.ts';
import { retrying } from '../../src/workflows/patterns/retrying.ts';
import { saga, type SagaScope } from '../../src/workflows/patterns/saga.ts';
import { stage } from '../../src/workflows/patterns/stage.ts';
import { withFallback } from '../../src/workflows/patterns/with-fallback.ts';
import { quorumOf, type Booking, type Ending, type JoinName, type Plan, type Program } from './program.ts';

export interface Ledger {
  /** Books, and fails where the call says so. */
  book(call: { readonly run: number; readonly key: string; readonly fails: Booking['fails'] }): Promise<void>;
  unbook(call: { readonly run: number; readonly key: string; readonly fails: boolean }): Promise<void>;
}

const ledger = proxyActivities<Ledger>({
  startToCloseTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

interface Frame {
  readonly run: number;
  readonly origin: number;
  readonly attempt: number;
  readonly suffix: string;
  readonly tx?: SagaScope;
}

const minute = 60_000;

/** Runs programs beside each other; each is cancelled for itself. */
export async function runPrograms(plans: readonly Plan[]): Promise<Ending[]> {
  const origin = Date.now();
  return Promise.all(plans.map((plan, run) => runProgram(plan, { run, origin, attempt: 1, suffix: '' })));
}

async function runProgram({ root, cancelledAt }: Plan, frame: Frame): Promise<Ending> {
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  if (cancelledAt !== null) {
    timer
      .run(() => sleep(cancelledAt * minute))
      .then(
        () => {
          scope.cancel();
        },
        () => undefined,
      );
  }
  const minutes = (): number => now(frame);
  try {
    await scope.run(() => stage(`program ${String(frame.run)}`, () => interpret(root, frame)));
    return { status: 'done', category: null, minute: minutes() };
  } catch (error) {
    if (isCancellation(error)) return { status: 'cancelled', category: null, minute: minutes() };
    return { status: 'failed', category: categoryOf(error) ?? null, minute: minutes() };
  } finally {
    timer.cancel();
  }
}

/** Whole minutes since the start. Activities take no minute, so what follows one begins in the same. */
function now({ origin }: Frame): number {
  return Math.floor((Date.now() - origin) / minute);
}

async function interpret(program: Program, frame: Frame): Promise<unknown> {
  switch (program.kind) {
    case 'book':
      return book(program, frame);
    case 'sequence':
      return inSequence(program.of, frame);
    case 'saga':
      return saga((tx) => inSequence(program.of, { ...frame, tx }));
    case 'fallback': {
      const [first, ...others] = program.of.map((each) => () => interpret(each, frame));
      return fallback(first!, ...others);
    }
    case 'parallel': {
      const branches = program.of.map((each, index) => [`b${String(index)}`, () => interpret(each, frame)] as const);
      return parallel(Object.fromEntries(branches), {
        join: joinOf(program.join, program.of),
        maxConcurrency: program.window,
      });
    }
    case 'map':
      return map(program.of, (each) => interpret(each, frame), {
        join: program.join === 'quorum' ? { quorum: quorumOf(program.of) } : program.join,
        maxConcurrency: program.window,
      });
    case 'withFallback':
      return withFallback(
        () => interpret(program.of, frame),
        null,
        program.when === null ? {} : { when: program.when },
      );
    case 'retrying':
      return retrying(
        (attempt) => interpret(program.of, { ...frame, attempt, suffix: `${frame.suffix}.${String(attempt)}` }),
        {
          maxAttempts: program.maxAttempts,
          backoff: { initial: program.minutes * minute, coefficient: 2 },
        },
      );
  }
}

async function inSequence(of: readonly Program[], frame: Frame): Promise<void> {
  for (const each of of) await interpret(each, frame);
}

async function book(booking: Booking, frame: Frame): Promise<void> {
  const { run, attempt, suffix, tx } = frame;
  const key = booking.key + suffix;
  const fails = booking.fails && attempt <= booking.fails.attempts ? booking.fails : null;
  const work = async (): Promise<void> => {
    await sleep((now(frame) + booking.minutes) * minute + frame.origin - Date.now());
    await ledger.book({ run, key, fails });
  };
  if (tx) await tx.step(key, work, () => ledger.unbook({ run, key, fails: booking.undoFails }));
  else await work();
}

function joinOf(join: JoinName, of: readonly unknown[]): Join {
  return join === 'quorum' ? { quorum: quorumOf(of) } : join;
}
