import { failure } from '../../failures.ts';
import { badArgument } from './bad-argument.ts';
import { noPath, takePath } from './path.ts';

/**
 * Takes the case that `key` names; the path taken is recorded in the progress tree.
 *
 * A missing or surplus case does not compile. For keys that arrive at run time, give `otherwise`; without it an unknown
 * key fails with `NoMatchingRoute`. Only own keys count: `__proto__` and `constructor` are unknown.
 */
export async function route<K extends string, R extends { readonly [P in K]: () => Promise<unknown> }>(
  key: K,
  cases: R & { readonly [P in Exclude<keyof R, K>]: never },
): Promise<Awaited<ReturnType<R[K]>>>;
export async function route<R extends Readonly<Record<string, () => Promise<unknown>>>, O>(
  key: string,
  cases: R,
  options: { readonly otherwise: (key: string) => Promise<O> },
): Promise<Awaited<ReturnType<R[keyof R]>> | O>;
export async function route(
  key: string,
  cases: Readonly<Record<string, () => Promise<unknown>>>,
  options?: { readonly otherwise: (key: string) => Promise<unknown> },
): Promise<unknown> {
  const chosen = Object.hasOwn(cases, key) ? cases[key] : undefined;
  if (chosen) return takePath(key, chosen);
  if (options) return takePath('otherwise', () => options.otherwise(key));
  noPath();
  throw failure('validation', `no route for '${key}'; there are: ${Object.keys(cases).join(', ')}`, {
    type: 'NoMatchingRoute',
  });
}

/** The three ways of a decision by confidence. */
export type ConfidenceRoute = 'auto' | 'review' | 'manual';

/**
 * Sorts a confidence between 0 and 1 into `auto` (at least `auto`), `review` (at least `review`) or `manual`.
 * A score that is not a number between 0 and 1, or thresholds in the wrong order, fail with `BadArgument`.
 */
export function byConfidence(
  score: number,
  thresholds: { readonly auto: number; readonly review: number },
): ConfidenceRoute {
  if (!(score >= 0 && score <= 1)) throw badArgument(`confidence: expected a number from 0 to 1, got ${String(score)}`);
  if (!(thresholds.auto >= thresholds.review)) {
    throw badArgument(
      `thresholds: expected auto >= review, got ${String(thresholds.auto)} < ${String(thresholds.review)}`,
    );
  }
  if (score >= thresholds.auto) return 'auto';
  return score >= thresholds.review ? 'review' : 'manual';
}
