import { CancellationScope, sleep } from '@temporalio/workflow';
import pMap from 'p-map';
import { failure } from '../../../src/failures.ts';
import { map } from '../../../src/workflows/patterns/map.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { withTimeout } from '../../../src/workflows/patterns/with-timeout.ts';

/** What somebody sees of a call: what it gave, when, in which order work began and how much ran at once. */
export interface Seen {
  readonly result: unknown;
  readonly minutes: number;
  readonly begun: readonly number[];
  readonly most: number;
}

type Work = (item: number, index: number) => Promise<string>;

/** Items are minutes; negative: fails after them; 0: at once. */
async function watch(call: (work: Work) => Promise<unknown>): Promise<Seen> {
  const start = Date.now();
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const work: Work = async (item, index) => {
    begun.push(index);
    running += 1;
    most = Math.max(most, running);
    try {
      if (item !== 0) await sleep(Math.abs(item) * 60_000);
      if (item < 0) throw failure('logic', `${item} failed`, { type: 'Broken' });
      return `${item} at ${index}`;
    } finally {
      running -= 1;
    }
  };
  const result = await CancellationScope.cancellable(async () => {
    try {
      return { value: await call(work) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  });
  return { result: readable(result), minutes: Math.round((Date.now() - start) / 60_000), begun: [...begun], most };
}

const readable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each instanceof Error ? each.message : each))) as unknown;

/** The same items through p-map and through `map`. */
export async function besidePMap(items: number[], concurrency: number): Promise<{ theirs: Seen; ours: Seen }> {
  return {
    theirs: await watch((work) => pMap(items, work, { concurrency })),
    ours: await watch((work) => map(items, work, { maxConcurrency: concurrency })),
  };
}

export type Combinator = 'all' | 'allSettled' | 'any' | 'race';

const combinators: Record<Combinator, (all: Promise<string>[]) => Promise<unknown>> = {
  all: (all) => Promise.all(all),
  allSettled: (all) => Promise.allSettled(all),
  any: (all) => Promise.any(all),
  race: (all) => Promise.race(all),
};

/** The same work through a combinator of the language and through `parallel`, with values in the order of the input. */
export async function besidePromises(combinator: Combinator, items: number[]): Promise<{ theirs: Seen; ours: Seen }> {
  const joins = { all: 'all', allSettled: 'settled', any: 'firstSuccess', race: 'any' } as const;
  const theirs = await watch((work) => {
    const all = items.map(work);
    // Somebody has to listen to the ones that lose, or the run hangs.
    for (const each of all) each.catch(() => undefined);
    return combinators[combinator](all);
  });
  const ours = await watch(async (work) => {
    const branches = Object.fromEntries(items.map((item, i) => [`b${i}`, () => work(item, i)]));
    const result = await parallel(branches, { join: joins[combinator] });
    if (combinator === 'all') return Object.values<unknown>(result);
    if (combinator === 'allSettled') return Object.values<unknown>(result).map(asPromiseSays);
    return (result as { value: unknown }).value;
  });
  return { theirs, ours };
}

/** `Promise.allSettled` says `reason` where we say `error`. */
function asPromiseSays(outcome: unknown): unknown {
  const { status, error } = outcome as { status: string; error?: unknown };
  return status === 'rejected' ? { status, reason: error } : outcome;
}

/** Minutes of work against minutes of time: what ends first, and how long the caller waited. */
export async function inTime(work: number, limit: number): Promise<Seen> {
  return watch((each) => withTimeout(() => each(work, 0), limit * 60_000));
}

/** A completion policy as AWS knows it, on items whose minutes are their place. */
export async function policy(
  items: number[],
  options: { minSuccessful?: number; toleratedFailures?: number | `${number}%` },
): Promise<Seen> {
  const { minSuccessful, toleratedFailures } = options;
  return watch((work) =>
    map(items, work, {
      join: minSuccessful === undefined ? 'settled' : { quorum: minSuccessful },
      ...(toleratedFailures === undefined ? {} : { toleratedFailures }),
    }),
  );
}
