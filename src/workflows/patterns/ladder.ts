import { badArgument } from './bad-argument.ts';
import { passCancellation } from './cancellation.ts';
import { messageOf } from './joined-failure.ts';
import { track } from './run-state.ts';

/** One way to get a result; rungs go from cheap to expensive. */
export interface Rung<N extends string, R> {
  /** Unique on the ladder. */
  readonly name: N;
  readonly run: () => Promise<R>;
  /** What a result of this rung cost, in a unit of your own. */
  readonly cost?: (result: R) => number;
}

export interface LadderOptions<R> {
  /** Whether a result is good enough to stop. */
  readonly accept: (result: R) => boolean;
  /** How good a result is, for `best`; never NaN. @default the higher the rung, the better */
  readonly score?: (result: R) => number;
}

/** What became of a rung that was tried. */
export type Tried<N extends string> =
  | { readonly rung: N; readonly status: 'accepted' | 'declined'; readonly cost?: number }
  | { readonly rung: N; readonly status: 'failed'; readonly error: string };

/** `cost`: that of all rungs tried together. */
export type LadderResult<N extends string, R> =
  | {
      readonly status: 'accepted';
      readonly rung: N;
      readonly value: R;
      readonly cost: number;
      readonly tried: readonly Tried<N>[];
    }
  | {
      readonly status: 'exhausted';
      /** The best result that was not accepted; missing if every rung failed. */
      readonly best?: { readonly rung: N; readonly value: R };
      readonly cost: number;
      readonly tried: readonly Tried<N>[];
    };

/**
 * Climbs from rung to rung until a result is accepted: small model, large model, person.
 *
 * A rung that fails counts as not accepted, and the next one is tried. Losers: none, because one rung runs at a time. On
 * cancellation it ends at once. There is no time-out: put `withTimeout` into a rung. On replay the same rungs are tried.
 * A ladder without rungs, or with two of one name, is a `BadArgument`.
 */
export async function ladder<const N extends string, R>(
  rungs: readonly Rung<N, R>[],
  options: LadderOptions<R>,
): Promise<LadderResult<N, R>> {
  check(rungs);
  return track('ladder', 'ladder', async (node) => {
    const tried: Tried<N>[] = [];
    let cost = 0;
    let best: { rung: N; value: R; score: number } | undefined;
    for (const [height, { name, run, cost: costOf }] of rungs.entries()) {
      let value: R;
      try {
        value = await track('rung', name, run);
      } catch (error) {
        passCancellation(error);
        tried.push({ rung: name, status: 'failed', error: messageOf(error) });
        continue;
      }
      const own = costOf && { cost: costOf(value) };
      cost += own?.cost ?? 0;
      if (options.accept(value)) {
        node.outcome = `accepted ${name}`;
        tried.push({ rung: name, status: 'accepted', ...own });
        return { status: 'accepted', rung: name, value, cost, tried };
      }
      tried.push({ rung: name, status: 'declined', ...own });
      const score = scoreOf(value, name, options.score ?? (() => height));
      if (!best || score >= best.score) best = { rung: name, value, score };
    }
    node.outcome = 'exhausted';
    return { status: 'exhausted', ...(best && { best: { rung: best.rung, value: best.value } }), cost, tried };
  });
}

function scoreOf<R>(value: R, rung: string, score: (result: R) => number): number {
  const scored = score(value);
  if (Number.isNaN(scored)) throw badArgument(`score of '${rung}': expected a number, got NaN`);
  return scored;
}

function check(rungs: readonly { readonly name: string }[]): void {
  const names = new Set(rungs.map((rung) => rung.name));
  if (names.size === 0) throw badArgument('ladder: expected at least one rung, got none');
  if (names.size < rungs.length) throw badArgument('ladder: expected rungs of different names');
}
