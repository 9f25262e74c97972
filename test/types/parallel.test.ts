/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { parallel, type Join, type ParallelOptions, type Settled } from '../../src/workflows/patterns/parallel.ts';

const price = async (): Promise<number> => 1;
const name = async (): Promise<string> => 'a';

interface First {
  readonly price: { readonly branch: 'price'; readonly value: number };
  readonly name: { readonly branch: 'name'; readonly value: string };
}

describe('the result of parallel', () => {
  it('is every value, by branch, when all are joined', () => {
    const plain = () => parallel({ price, name });
    expectTypeOf(plain).returns.resolves.toEqualTypeOf<{ readonly price: number; readonly name: string }>();
    const said = () => parallel({ price, name }, { join: 'all', maxConcurrency: 1 });
    expectTypeOf(said).returns.resolves.toEqualTypeOf<{ readonly price: number; readonly name: string }>();
  });

  it('is every outcome, by branch, when the join is settled', () => {
    const call = () => parallel({ price, name }, { join: 'settled', timeout: '1 minute' });
    type Outcomes = { readonly price: Settled<number>; readonly name: Settled<string> };
    expectTypeOf(call).returns.resolves.toEqualTypeOf<Outcomes>();
  });

  it('pairs each branch with its own value when one wins', () => {
    const any = () => parallel({ price, name }, { join: 'any' });
    expectTypeOf(any).returns.resolves.toEqualTypeOf<First['price'] | First['name']>();
    const first = () => parallel({ price, name }, { join: 'firstSuccess' });
    expectTypeOf(first).returns.resolves.toEqualTypeOf<First['price'] | First['name']>();
    const narrowed = async (): Promise<number | string> => {
      const winner = await first();
      if (winner.branch === 'name') return winner.value.length;
      expectTypeOf(winner.value).toEqualTypeOf<number>();
      return winner.value.toFixed(2);
    };
    expectTypeOf(narrowed).toBeFunction();
  });

  it('may lack any branch when a quorum is joined', () => {
    const call = () => parallel({ price, name }, { join: { quorum: 1 } });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<{ readonly price?: number; readonly name?: string }>();
    // @ts-expect-error the branch may be among those that were not waited for
    const unchecked = async (): Promise<number> => (await call()).price;
    expectTypeOf(unchecked).toBeFunction();
  });

  it('follows branches whose names are known at run time only', () => {
    const votes: Record<string, () => Promise<boolean>> = {};
    const call = () => parallel(votes, { join: 'settled' });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<{ [branch: string]: Settled<boolean> }>();
  });

  it('does not promise every branch when the join is known at run time only', () => {
    const call = (join: Join) => parallel({ price }, { join });
    // @ts-expect-error another join than 'all' may have been asked for
    const assumed = async (): Promise<{ readonly price: number }> => call('any');
    expectTypeOf(assumed).toBeFunction();
  });
});

describe('what parallel takes', () => {
  it('is functions that return promises, and known options', () => {
    // @ts-expect-error a branch is a function, so that it starts in its own scope
    const started = () => parallel({ price: price() });
    // @ts-expect-error a branch returns a promise
    const plain = () => parallel({ price: () => 1 });
    // @ts-expect-error there is no such join
    const unknown = () => parallel({ price }, { join: 'most' });
    // @ts-expect-error there is no such option
    const surplus = () => parallel({ price }, { retries: 3 });
    expectTypeOf([started, plain, unknown, surplus]).toBeArray();
    expectTypeOf<{ quorum: string }>().not.toExtend<Join>();
    expectTypeOf<ParallelOptions['maxConcurrency']>().toEqualTypeOf<number | undefined>();
  });
});
