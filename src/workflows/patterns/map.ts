import { badArgument } from './bad-argument.ts';
import { track } from './run-state.ts';
import { checkItems, checkWindow, Tally, type ItemJoin, type Sorted } from './tally.ts';

export type { ItemJoin, Sorted } from './tally.ts';

/** How many items may fail: a number, or a share of all items such as `'5%'`. */
export type Tolerance = number | `${number}%`;

export interface MapOptions<J extends ItemJoin = ItemJoin, F extends Tolerance = Tolerance> {
  /** @default 'all' */
  readonly join?: J;
  /** Items under way at a time, a sliding window; never more than 1,800. @default 50 */
  readonly maxConcurrency?: number;
  /** More failed items than this fail the map. @default none for `all`, any number for the other joins */
  readonly toleratedFailures?: F;
}

/** What a map returns: every value, or with failures allowed the items {@link Sorted} by what became of them. */
export type MapResult<T, R, J extends ItemJoin, F extends Tolerance> = J extends 'all'
  ? [F] extends [never]
    ? R[]
    : Sorted<T, R>
  : Sorted<T, R>;

/**
 * Does the same work for each item, about 50 at a time, and joins the results in input order.
 *
 * - `all`: every value; fails with the error of the first item to fail, or with `toleratedFailures` gives `Sorted`.
 * - `settled`: `Sorted`, when every item has ended.
 * - `{ quorum: n }`: `Sorted`, as soon as n have succeeded; `QuorumNotReached` when n no longer can.
 *
 * With `toleratedFailures`, whatever the join: `TooManyFailures` as soon as more items have failed.
 *
 * Losers: when the map is decided, items under way are asked to cancel and become stragglers, and the others never
 * start. Cancelling the run is never an item's failure: it ends the map with `CancelledFailure`. There is no time-out:
 * put `withTimeout` into the work, or around the map. On replay the same items run in the same order. No items: `[]` or
 * empty lists. More than 1,000 items are a `BadArgument`: that is work for `batch`.
 */
export async function map<T, R, const J extends ItemJoin = 'all', const F extends Tolerance = never>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  options: MapOptions<J, F> = {},
): Promise<MapResult<T, R, J, F>> {
  const join: ItemJoin = options.join ?? 'all';
  checkItems('map', items.length);
  checkWindow('maxConcurrency', options.maxConcurrency);
  if (typeof join === 'object') checkQuorum(join.quorum, items.length);
  const tolerated = tolerance(options.toleratedFailures, items.length);
  return track('map', 'map', (node) => {
    const tally = new Tally(node, items, join, tolerated);
    return tally.run((index) => work(items[index] as T, index), options.maxConcurrency ?? 50);
  }) as Promise<MapResult<T, R, J, F>>;
}

function checkQuorum(quorum: number, count: number): void {
  if (Number.isInteger(quorum) && quorum >= 0 && quorum <= count) return;
  throw badArgument(`quorum: expected a whole number from 0 to ${String(count)}, got ${String(quorum)}`);
}

function tolerance(tolerated: Tolerance | undefined, count: number): number | undefined {
  if (tolerated === undefined) return undefined;
  const share = typeof tolerated === 'string';
  const value = share ? Number(tolerated.slice(0, -1)) : tolerated;
  const fits = share ? value >= 0 && value <= 100 && tolerated.endsWith('%') : Number.isInteger(value) && value >= 0;
  if (!fits) {
    throw badArgument(`toleratedFailures: expected a whole number of at least 0 or '0%' to '100%', got ${tolerated}`);
  }
  return share ? Math.floor((value * count) / 100) : value;
}
