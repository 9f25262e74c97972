/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { iterate, type IterateResult } from '../../src/workflows/patterns/iterate.ts';

interface Draft {
  readonly text: string;
}
const first: Draft = { text: '' };
const better = async (draft: Draft, round: number): Promise<Draft> => ({ text: draft.text + String(round) });
const until = (draft: Draft): boolean => draft.text.length > 3;

describe('iterate', () => {
  it('gives the type of its state', () => {
    const call = () => iterate(first, better, { until, maxIterations: 3 });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<IterateResult<Draft>>();
    expectTypeOf<IterateResult<Draft>['status']>().toEqualTypeOf<'done' | 'exhausted' | 'expired' | 'stalled'>();
  });

  it('takes a bound on count, on time, or both', () => {
    const call = () => [
      iterate(first, better, { until, maxIterations: 3 }),
      iterate(first, better, { until, deadline: '1 hour' }),
      iterate(first, better, { until, maxIterations: 3, deadline: 1_000 }),
    ];
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile without a bound', () => {
    // @ts-expect-error neither maxIterations nor deadline
    const call = () => iterate(first, better, { until });
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile with patience but nothing to measure gain by', () => {
    // @ts-expect-error patience needs a score
    const call = () => iterate(first, better, { until, maxIterations: 3, patience: 2 });
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile when a round gives another type', () => {
    // @ts-expect-error a round gives a draft, not a text
    const call = () => iterate(first, async (draft) => draft.text, { until, maxIterations: 3 });
    expectTypeOf(call).toBeFunction();
  });
});
