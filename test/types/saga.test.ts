/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { saga, type SagaScope } from '../../src/workflows/patterns/saga.ts';

interface Booking {
  readonly number: string;
}
const book = async (key: string): Promise<Booking> => ({ number: key });

describe('saga', () => {
  it('returns what its work returns', () => {
    const call = () => saga(async (tx) => ({ status: 'booked' as const, booking: await tx.step('book', book) }));
    expectTypeOf(call).returns.resolves.toEqualTypeOf<{ status: 'booked'; booking: Booking }>();
  });

  it('has no steps outside its work', () => {
    expectTypeOf(saga).parameter(0).parameter(0).toEqualTypeOf<SagaScope>();
  });
});

describe('an undo', () => {
  it('gets the result of its step, or undefined when nobody knows what came of it', () => {
    const call = (tx: SagaScope) =>
      tx.step('book', book, async (done, key) => {
        expectTypeOf(done).toEqualTypeOf<Booking | undefined>();
        expectTypeOf(key).toEqualTypeOf<string>();
      });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<Booking>();
  });

  it('does not compile when it takes the result for granted', () => {
    // @ts-expect-error done may be undefined
    const call = (tx: SagaScope) => tx.step('book', book, async (done) => done.number);
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile for another result than that of its step', () => {
    const undo = async (done: Date | undefined): Promise<string> => String(done);
    // @ts-expect-error the step gives a booking, not a date
    const call = (tx: SagaScope) => tx.step('book', book, undo);
    expectTypeOf(call).toBeFunction();
  });
});

describe('the options of a saga', () => {
  it('tell whom it concerns which steps are left standing', () => {
    const call = () =>
      saga(async () => 1, {
        alert: async (standing) => {
          expectTypeOf(standing).toExtend<
            readonly { readonly step: string; readonly key: string; readonly message: string }[]
          >();
        },
      });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number>();
  });

  it('bound how often a step after the pivot is tried again', () => {
    // @ts-expect-error without a bound
    const call = () => saga(async () => 1, { forward: { backoff: { initial: '1 second' } } });
    expectTypeOf(call).toBeFunction();
  });
});
