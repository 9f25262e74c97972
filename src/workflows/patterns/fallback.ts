import { passCancellation } from './cancellation.ts';
import { joinedFailure } from './joined-failure.ts';
import { track } from './run-state.ts';

/**
 * Takes alternatives in order, each only after the one before failed, and gives the value of the first that succeeds.
 *
 * `AllAlternativesFailed` when none does: its details list what each said, in order, and its cause is the last error.
 * Losers: none, because only one runs at a time. On cancellation it ends at once; no further alternative starts. There
 * is no time-out: put `withTimeout` into an alternative. On replay the same alternatives follow each other.
 */
export async function fallback<const W extends readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]]>(
  ...alternatives: W
): Promise<Awaited<ReturnType<W[number]>>> {
  return track<unknown>('fallback', 'fallback', async (node) => {
    const failed: { name: number; error: unknown }[] = [];
    for (const [index, work] of alternatives.entries()) {
      try {
        const value = await track('alternative', `alternative ${String(index + 1)}`, work);
        if (index > 0) node.outcome = `alternative ${String(index + 1)}`;
        return value;
      } catch (error) {
        passCancellation(error);
        failed.push({ name: index + 1, error });
      }
    }
    throw joinedFailure('AllAlternativesFailed', 'every alternative failed', 'alternative', failed, 'last');
  }) as Promise<Awaited<ReturnType<W[number]>>>;
}
