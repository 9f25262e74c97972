/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { retrying, type Backoff, type RetryingOptions } from '../../src/workflows/patterns/retrying.ts';

const price = async (attempt: number): Promise<number> => attempt;

describe('retrying', () => {
  it('gives what the work gives', () => {
    const call = () => retrying(price, { maxAttempts: 3, backoff: { initial: '1 second' }, when: ['resource'] });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf<RetryingOptions['backoff']>().toEqualTypeOf<Backoff | undefined>();
  });

  it('does not compile without a bound', () => {
    // @ts-expect-error how often has to be said
    const endless = () => retrying(price, {});
    // @ts-expect-error the options are not optional either
    const bare = () => retrying(price);
    expectTypeOf([endless, bare]).toBeArray();
  });

  it('takes a function, categories that there are, and a backoff with a beginning', () => {
    // @ts-expect-error the work has begun already and cannot begin again
    const started = () => retrying(price(1), { maxAttempts: 3 });
    // @ts-expect-error there is no such category
    const unknown = () => retrying(price, { maxAttempts: 3, when: ['network'] });
    // @ts-expect-error where the wait begins has to be said
    const headless = () => retrying(price, { maxAttempts: 3, backoff: { coefficient: 2 } });
    expectTypeOf([started, unknown, headless]).toBeArray();
  });
});
