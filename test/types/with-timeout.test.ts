/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { withTimeout } from '../../src/workflows/patterns/with-timeout.ts';

const price = async (): Promise<number> => 1;

describe('withTimeout', () => {
  it('gives what the work gives: running out of time is a failure', () => {
    const call = () => withTimeout(price, '1 minute');
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number>();
  });

  it('takes a function and a duration', () => {
    // @ts-expect-error the work has begun already and could not be cancelled
    const started = () => withTimeout(price(), '1 minute');
    // @ts-expect-error how long has to be said
    const endless = () => withTimeout(price);
    expectTypeOf([started, endless]).toBeArray();
  });
});
