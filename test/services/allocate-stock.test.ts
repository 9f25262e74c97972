import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allocateStock, type Lot } from '../../src/services/allocate-stock.ts';

const lot = (warehouse: string, sku: string, quantity: number): Lot => ({ warehouse, sku, quantity });

describe('allocateStock', () => {
  it('takes all from one warehouse if one has it', () => {
    const free = [lot('graz', 'a', 3), lot('graz', 'b', 1), lot('lyon', 'a', 5), lot('lyon', 'b', 2)];
    const wanted = [
      { sku: 'a', quantity: 4 },
      { sku: 'b', quantity: 2 },
    ];
    expect(allocateStock(wanted, free)).toEqual({
      status: 'allocated',
      lots: [lot('lyon', 'a', 4), lot('lyon', 'b', 2)],
    });
  });

  it('splits what no warehouse has alone', () => {
    const free = [lot('graz', 'a', 3), lot('lyon', 'a', 5)];
    const lots = [lot('lyon', 'a', 5), lot('graz', 'a', 2)];
    expect(allocateStock([{ sku: 'a', quantity: 7 }], free)).toEqual({ status: 'allocated', lots });
  });

  it('says what is missing, and allocates nothing', () => {
    const missing = [{ sku: 'b', quantity: 1 }];
    const wanted = [{ sku: 'a', quantity: 1 }, ...missing];
    expect(allocateStock(wanted, [lot('graz', 'a', 9)])).toEqual({ status: 'short', missing });
  });

  it('allocates exactly what is wanted, and from no warehouse more than it has', () => {
    const goods = fc.record({ sku: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 1, max: 9 }) });
    const lots = fc.uniqueArray(
      fc.record({
        warehouse: fc.constantFrom('x', 'y', 'z'),
        sku: fc.constantFrom('a', 'b', 'c'),
        quantity: fc.nat(9),
      }),
      { selector: ({ warehouse, sku }) => `${warehouse} ${sku}` },
    );
    const sum = (all: readonly { readonly sku: string; readonly quantity: number }[], sku: string): number =>
      all.reduce((total, each) => total + (each.sku === sku ? each.quantity : 0), 0);
    fc.assert(
      fc.property(fc.array(goods, { minLength: 1 }), lots, (wanted, free) => {
        const allocation = allocateStock(wanted, free);
        for (const sku of ['a', 'b', 'c']) {
          const lack = Math.max(0, sum(wanted, sku) - sum(free, sku));
          if (allocation.status === 'short') expect(sum(allocation.missing, sku)).toBe(lack);
          else expect([lack, sum(allocation.lots, sku)]).toEqual([0, sum(wanted, sku)]);
        }
        if (allocation.status === 'short') return;
        for (const { warehouse, sku, quantity } of allocation.lots) {
          const there = free.find((each) => each.warehouse === warehouse && each.sku === sku);
          expect(quantity).toBeLessThanOrEqual(there?.quantity ?? 0);
        }
      }),
    );
  });
});
