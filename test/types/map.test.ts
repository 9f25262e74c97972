/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { map, type ItemJoin, type MapOptions, type Sorted, type Tolerance } from '../../src/workflows/patterns/map.ts';

const ids = ['a', 'b'] as const;
const price = async (id: string): Promise<number> => id.length;
type Id = 'a' | 'b';

describe('the result of map', () => {
  it('is every value when all are joined', () => {
    const plain = () => map(ids, price);
    expectTypeOf(plain).returns.resolves.toEqualTypeOf<number[]>();
    const said = () => map(ids, price, { join: 'all', maxConcurrency: 3 });
    expectTypeOf(said).returns.resolves.toEqualTypeOf<number[]>();
  });

  it('is the items by what became of them when some may fail', () => {
    const settled = () => map(ids, price, { join: 'settled' });
    expectTypeOf(settled).returns.resolves.toEqualTypeOf<Sorted<Id, number>>();
    const quorum = () => map(ids, price, { join: { quorum: 1 } });
    expectTypeOf(quorum).returns.resolves.toEqualTypeOf<Sorted<Id, number>>();
    const counted = () => map(ids, price, { toleratedFailures: 1 });
    expectTypeOf(counted).returns.resolves.toEqualTypeOf<Sorted<Id, number>>();
    const share = () => map(ids, price, { join: 'all', toleratedFailures: '5%' });
    expectTypeOf(share).returns.resolves.toEqualTypeOf<Sorted<Id, number>>();
  });

  it('does not promise every value when the join is known at run time only', () => {
    const call = (join: ItemJoin) => map(ids, price, { join });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number[] | Sorted<Id, number>>();
    const tolerant = (toleratedFailures: Tolerance) => map(ids, price, { toleratedFailures });
    // @ts-expect-error failures are allowed, so values may be missing
    const assumed = async (): Promise<number[]> => tolerant(1);
    expectTypeOf(assumed).toBeFunction();
  });
});

describe('what map takes', () => {
  it('is items, a function for one of them, and known options', () => {
    const both = () => map(ids, async (id, index) => [id, index] as const);
    expectTypeOf(both).returns.resolves.toEqualTypeOf<(readonly [Id, number])[]>();
    // @ts-expect-error the work is asynchronous
    const plain = () => map(ids, (id) => id.length);
    // @ts-expect-error the items are no numbers
    const other = () => map(ids, async (id: number) => id);
    // @ts-expect-error there is no such join
    const unknown = () => map(ids, price, { join: 'any' });
    // @ts-expect-error there is no such option
    const surplus = () => map(ids, price, { retries: 3 });
    // @ts-expect-error a share ends with a percent sign
    const share = () => map(ids, price, { toleratedFailures: '5' });
    expectTypeOf([plain, other, unknown, surplus, share]).toBeArray();
    expectTypeOf<MapOptions['maxConcurrency']>().toEqualTypeOf<number | undefined>();
  });
});
