/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { fallback } from '../../src/workflows/patterns/fallback.ts';

const number = async (): Promise<number> => 1;
const text = async (): Promise<string> => 'a';

describe('fallback', () => {
  it('gives what any of its alternatives gives', () => {
    const call = () => fallback(number, text, async () => null);
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number | string | null>();
    const single = () => fallback(number);
    expectTypeOf(single).returns.resolves.toEqualTypeOf<number>();
  });

  it('takes at least one function', () => {
    // @ts-expect-error there has to be something to do
    const none = () => fallback();
    // @ts-expect-error the second has begun already, whether it is needed or not
    const started = () => fallback(number, text());
    expectTypeOf([none, started]).toBeArray();
  });
});
