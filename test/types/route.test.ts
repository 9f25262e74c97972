/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { byConfidence, route, type ConfidenceRoute } from '../../src/workflows/patterns/route.ts';

const pay = async (): Promise<number> => 1;
const ask = async (): Promise<string> => 'a';
const wait = async (): Promise<boolean> => true;
const way = (): ConfidenceRoute => byConfidence(0.8, { auto: 0.9, review: 0.7 });

describe('route', () => {
  it('returns what one of its cases returns', () => {
    const call = () => route(way(), { auto: pay, review: ask, manual: wait });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number | string | boolean>();
  });

  it('does not compile with a missing case', () => {
    // @ts-expect-error manual is missing
    const call = () => route(way(), { auto: pay, review: ask });
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile with a surplus case', () => {
    // @ts-expect-error nothing leads to later
    const call = () => route(way(), { auto: pay, review: ask, manual: wait, later: pay });
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile with a case that returns no promise', () => {
    // @ts-expect-error a case is asynchronous
    const call = () => route(way(), { auto: () => 1, review: ask, manual: wait });
    expectTypeOf(call).toBeFunction();
  });

  it('takes any key when it says what happens otherwise', () => {
    const call = (key: string) =>
      route(key, { pay, ask }, { otherwise: async (unknown) => ({ unknown: unknown.trim() }) });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number | string | { unknown: string }>();
  });
});

describe('byConfidence', () => {
  it('gives one of three ways and needs both thresholds', () => {
    expectTypeOf(way).returns.toEqualTypeOf<'auto' | 'review' | 'manual'>();
    // @ts-expect-error where review begins has to be said
    const call = () => byConfidence(0.8, { auto: 0.9 });
    expectTypeOf(call).toBeFunction();
  });
});
