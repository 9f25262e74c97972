import { badArgument } from './bad-argument.ts';

/** What may be spent; every limit that is given holds. */
export interface Limits {
  /** Dollars. */
  readonly usd?: number;
  /** Tokens, in and out together. */
  readonly tokens?: number;
  /** Requests to models. */
  readonly calls?: number;
}

/** What an answer took: the `usage` and `cost` of a model's result, or what a child has spent. */
export interface Charge {
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly calls: number };
  /** Millionths of a dollar; `null` when the price is not known. */
  readonly cost: { readonly microUsd: number | null };
  /** Calls without a known price in this. @default all of its calls when `microUsd` is `null`, else none */
  readonly unpricedCalls?: number;
}

/** JSON; can be charged to another budget as it is. */
export interface Spent extends Charge {
  readonly cost: { readonly microUsd: number };
  /** Calls whose price is not known; they count in tokens and calls, and as 0 dollars. */
  readonly unpricedCalls: number;
}

/** `economize`: take the cheaper model; `exhausted`: make no further call. */
export type BudgetState = 'ok' | 'economize' | 'exhausted';

export interface Budget {
  /** Where the budget stands, or any that it is a slice of, whichever is worse. Ask before each call. */
  check(): BudgetState;
  /** Books what an answer took, here and in every budget that this is a slice of; returns the answer. */
  charge<C extends Charge>(answer: C): C;
  /**
   * A part for a branch: a share (above 0, up to 1) of what is left now, tokens and calls rounded down, or limits of its
   * own. What is charged to the slice is charged to the whole.
   */
  slice(part: number | Limits): Budget;
  /** What is left of each limit, here and in the whole, never below 0: the budget of a child workflow, as JSON. */
  left(): Limits;
  spent(): Spent;
}

/** From this share of a limit on, the cheaper model is asked for. */
const economizeFrom = 0.8;
const micro = 1_000_000;

/**
 * A bound on what a run spends on models. Ask `check()` before a call, `charge()` the answer after it: from 80 % of
 * any limit on it says `economize`, at 100 % `exhausted`, and the process decides what that means: a partial result,
 * a gate, or a failure. The budget itself stops nothing.
 *
 * Calls that run at the same time have all been checked before the first is charged, so they can pass a limit by what
 * was in flight. A cached answer costs nothing. The budget is state of the run: it does nothing on cancellation, has
 * no time limit, and replay books the same charges again. Without a limit, or with one that is no number of at least 0:
 * `BadArgument`.
 */
export function budget(limits: Limits): Budget {
  if (limits.usd === undefined && limits.tokens === undefined && limits.calls === undefined) {
    throw badArgument('budget: expected a limit for usd, tokens or calls, got none');
  }
  return open(limits, undefined);
}

function open(limits: Limits, whole: Budget | undefined): Budget {
  checkLimits(limits);
  const total = { inputTokens: 0, outputTokens: 0, calls: 0, microUsd: 0, unpricedCalls: 0 };
  const tokens = (): number => total.inputTokens + total.outputTokens;

  const own: Budget = {
    check() {
      const used = Math.max(
        share(total.microUsd, limits.usd === undefined ? undefined : Math.round(limits.usd * micro)),
        share(tokens(), limits.tokens),
        share(total.calls, limits.calls),
      );
      const state = used >= 1 ? 'exhausted' : used >= economizeFrom ? 'economize' : 'ok';
      return worse(state, whole?.check() ?? 'ok');
    },
    charge(answer) {
      const { usage, cost, unpricedCalls } = answer;
      total.inputTokens += usage.inputTokens;
      total.outputTokens += usage.outputTokens;
      total.calls += usage.calls;
      total.microUsd += cost.microUsd ?? 0;
      total.unpricedCalls += unpricedCalls ?? (cost.microUsd === null ? usage.calls : 0);
      whole?.charge(answer);
      return answer;
    },
    slice(part) {
      if (typeof part !== 'number') return open(part, own);
      if (!(part > 0 && part <= 1)) throw badArgument(`slice: expected a share above 0 and up to 1, got ${part}`);
      return open(scaled(own.left(), part), own);
    },
    left() {
      const here: Limits = {
        ...(limits.usd === undefined
          ? {}
          : { usd: Math.max(0, Math.round(limits.usd * micro) - total.microUsd) / micro }),
        ...(limits.tokens === undefined ? {} : { tokens: Math.max(0, limits.tokens - tokens()) }),
        ...(limits.calls === undefined ? {} : { calls: Math.max(0, limits.calls - total.calls) }),
      };
      return whole ? lower(here, whole.left()) : here;
    },
    spent() {
      const { microUsd, unpricedCalls, ...usage } = total;
      return { usage, cost: { microUsd }, unpricedCalls };
    },
  };
  return own;
}

/** How much of a limit is used; a limit of 0 is used up. */
function share(used: number, limit: number | undefined): number {
  if (limit === undefined) return 0;
  return limit === 0 ? 1 : used / limit;
}

function worse(one: BudgetState, other: BudgetState): BudgetState {
  const order: readonly BudgetState[] = ['ok', 'economize', 'exhausted'];
  return order.indexOf(one) >= order.indexOf(other) ? one : other;
}

/** The lower of two limits each; one that only one of them has holds. */
function lower(one: Limits, other: Limits): Limits {
  const names = ['usd', 'tokens', 'calls'] as const;
  const limit = (name: keyof Limits): number => Math.min(one[name] ?? Infinity, other[name] ?? Infinity);
  return Object.fromEntries(names.map((name) => [name, limit(name)] as const).filter(([, value]) => value < Infinity));
}

function scaled(limits: Limits, part: number): Limits {
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]: [string, number]) => [
      name,
      name === 'usd' ? limit * part : Math.floor(limit * part),
    ]),
  );
}

function checkLimits(limits: Limits): void {
  for (const [name, limit] of Object.entries(limits) as [string, number | undefined][]) {
    if (limit !== undefined && !(limit >= 0)) {
      throw badArgument(`budget: expected ${name} to be a number of at least 0, got ${String(limit)}`);
    }
  }
}
