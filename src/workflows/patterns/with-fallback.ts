import { categoryOf, type Category } from '../../failures.ts';
import { passCancellation } from './cancellation.ts';
import { messageOf } from './joined-failure.ts';
import { markPartial, track } from './run-state.ts';

export interface FallbackOptions {
  /** Failures that the default replaces; one without a category counts as `transient`. @default every failure */
  readonly when?: readonly Category[];
}

/**
 * Does the work, and gives a default where it fails. A default that is a function is called only then, and may do work
 * of its own; if that fails, its error is what is thrown.
 *
 * The progress tree marks it as defaulted, with the reason. Losers: none. On cancellation nothing is replaced: the
 * cancellation passes through, even if the work failed with something else meanwhile. There is no time-out: put
 * `withTimeout` inside. On replay the same default is given again.
 */
export async function withFallback<T, const F>(
  work: () => Promise<T>,
  value: F | (() => F | Promise<F>),
  options: FallbackOptions = {},
): Promise<T | F> {
  return track('fallback', 'with fallback', async (node) => {
    try {
      return await work();
    } catch (error) {
      passCancellation(error);
      if (options.when && !options.when.includes(categoryOf(error) ?? 'transient')) throw error;
      const instead = await (isFunction(value) ? value() : value);
      markPartial(node);
      node.state = 'defaulted';
      node.outcome = `default: ${messageOf(error)}`;
      return instead;
    }
  });
}

function isFunction<F>(value: F | (() => F | Promise<F>)): value is () => F | Promise<F> {
  return typeof value === 'function';
}
