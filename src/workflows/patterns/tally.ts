import { badArgument } from './bad-argument.ts';
import { joinedFailure } from './joined-failure.ts';
import { runLanes, type Outcome } from './lanes.ts';
import { begin, finishItem, markPartial, within, type OpenNode } from './run-state.ts';

/** When the items' outcomes together count as decided. */
export type ItemJoin = 'all' | 'settled' | { readonly quorum: number };

/** Items by what became of them, each in input order. An item that a quorum did not wait for is in neither list. */
export interface Sorted<T, R> {
  readonly succeeded: readonly { readonly item: T; readonly value: R }[];
  readonly failed: readonly { readonly item: T; readonly error: unknown }[];
}

/** Each item takes some three events of a history, which should stay below 10,000 events. */
const mostItems = 1_000;

/** Counts outcomes and knows when they decide a join; `map` and `pipeline` share it. */
export class Tally<T, R> {
  private readonly outcomes: (Outcome<R> | undefined)[];
  private readonly node: OpenNode;
  private readonly items: readonly T[];
  private readonly join: ItemJoin;
  private readonly tolerated: number | undefined;
  private readonly underWay = new Map<number, OpenNode>();
  private succeeded = 0;
  private failed = 0;

  constructor(node: OpenNode, items: readonly T[], join: ItemJoin, tolerated?: number) {
    this.node = node;
    this.items = items;
    this.join = join;
    this.tolerated = tolerated;
    this.outcomes = items.map(() => undefined);
  }

  /** Runs the work and gives what the join returns. */
  async run(work: (index: number) => Promise<R>, maxConcurrency: number): Promise<R[] | Sorted<T, R>> {
    const nothingToDo = this.items.length === 0 || this.quorum() === 0;
    if (nothingToDo) return this.result();
    const result = await runLanes<R, R[] | Sorted<T, R>>({
      count: this.items.length,
      maxConcurrency,
      work: (index) => {
        const node = begin('item', String(index));
        this.underWay.set(index, node);
        return within(node, () => work(index));
      },
      ended: (index, outcome) => {
        finishItem(this.underWay.get(index) as OpenNode, outcome);
        this.underWay.delete(index);
      },
      judge: (index, outcome) => this.judge(index, outcome),
    });
    if (this.failed > 0 && this.quorum() === undefined) markPartial(this.node);
    return result;
  }

  private judge(index: number, outcome: Outcome<R>): { readonly result: R[] | Sorted<T, R> } | undefined {
    this.outcomes[index] = outcome;
    if (outcome.status === 'fulfilled') this.succeeded += 1;
    else this.failed += 1;
    const { length } = this.items;
    const rest = length - this.succeeded - this.failed;
    this.report();
    if (outcome.status === 'rejected') this.checkFailures(outcome.error, rest);
    return rest === 0 || this.succeeded >= (this.quorum() ?? Infinity) ? { result: this.result() } : undefined;
  }

  private checkFailures(error: unknown, rest: number): void {
    if (this.tolerated === undefined && this.join === 'all') throw error;
    if (this.failed > (this.tolerated ?? Infinity)) {
      throw this.failure('TooManyFailures', `${this.counts()}, more than the ${String(this.tolerated)} tolerated`);
    }
    const quorum = this.quorum();
    if (quorum !== undefined && this.succeeded + rest < quorum) {
      const message = `quorum of ${String(quorum)} can no longer be reached: ${String(this.succeeded)} succeeded`;
      throw this.failure('QuorumNotReached', message);
    }
  }

  private result(): R[] | Sorted<T, R> {
    if (this.join === 'all' && this.tolerated === undefined) {
      return this.outcomes.map((outcome) => (outcome as { readonly value: R }).value);
    }
    const succeeded: { item: T; value: R }[] = [];
    const failed: { item: T; error: unknown }[] = [];
    for (const [index, outcome] of this.outcomes.entries()) {
      const item = this.items[index] as T;
      if (outcome?.status === 'fulfilled') succeeded.push({ item, value: outcome.value });
      if (outcome?.status === 'rejected') failed.push({ item, error: outcome.error });
    }
    return { succeeded, failed };
  }

  private failure(type: string, message: string): Error {
    const failed = [...this.outcomes.entries()].flatMap(([index, outcome]) =>
      outcome?.status === 'rejected' ? [{ name: index, error: outcome.error }] : [],
    );
    return joinedFailure(type, message, 'item', failed);
  }

  private quorum(): number | undefined {
    return typeof this.join === 'object' ? this.join.quorum : undefined;
  }

  private counts(): string {
    return `${String(this.failed)} of ${String(this.items.length)} items failed`;
  }

  private report(): void {
    const failed = this.failed === 0 ? '' : `, ${String(this.failed)} failed`;
    this.node.outcome = `${String(this.succeeded)} of ${String(this.items.length)} done${failed}`;
  }
}

/** Refuses more items than a history should hold. */
export function checkItems(pattern: string, count: number): void {
  if (count <= mostItems) return;
  throw badArgument(`${pattern}: expected at most ${String(mostItems)} items, got ${String(count)}; use batch`);
}

/** Refuses a window that is not a whole number of at least 1; none is fine. */
export function checkWindow(name: string, window: number | undefined): void {
  if (window === undefined || (Number.isInteger(window) && window >= 1)) return;
  throw badArgument(`${name}: expected a whole number of at least 1, got ${String(window)}`);
}
