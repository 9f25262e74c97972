/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { withFallback, type FallbackOptions } from '../../src/workflows/patterns/with-fallback.ts';

const score = async (): Promise<number> => 1;

describe('withFallback', () => {
  it('gives what the work gives, or the default', () => {
    const literal = () => withFallback(score, 'unknown');
    expectTypeOf(literal).returns.resolves.toEqualTypeOf<number | 'unknown'>();
    const called = () => withFallback(score, () => null);
    expectTypeOf(called).returns.resolves.toEqualTypeOf<number | null>();
    const waited = () => withFallback(score, async () => Date.now() > 0);
    expectTypeOf(waited).returns.resolves.toEqualTypeOf<number | boolean>();
  });

  it('takes a function that works, and categories that there are', () => {
    // @ts-expect-error the work has begun already and could not be told from other work
    const started = () => withFallback(score(), 'unknown');
    // @ts-expect-error a default has to be said
    const none = () => withFallback(score);
    // @ts-expect-error there is no such category
    const unknown = () => withFallback(score, 0, { when: ['network'] });
    expectTypeOf([started, none, unknown]).toBeArray();
    expectTypeOf<FallbackOptions>().toHaveProperty('when');
  });
});
