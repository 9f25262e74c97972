/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { when, type WhenRow } from '../../src/workflows/patterns/when.ts';

const pay = async (): Promise<number> => 1;
const ask = async (): Promise<string> => 'a';

describe('when', () => {
  it('gives what any of its rows gives', () => {
    const call = (amount: number) =>
      when(amount, [
        ['small', (own) => own < 100, pay],
        ['large', () => true, ask],
      ]);
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number | string>();
  });

  it('gives also what is done otherwise', () => {
    const call = (amount: number) =>
      when(amount, [['small', (own) => own < 100, pay]], { otherwise: async (own) => own > 1 });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<number | boolean>();
  });

  it('takes rows of a name, a question and work for the value', () => {
    // @ts-expect-error a row has a name, so that the path can be recorded
    const nameless = () => when(1, [[() => true, pay]]);
    // @ts-expect-error the question is answered with yes or no
    const vague = () => when(1, [['small', () => 'perhaps', pay]]);
    // @ts-expect-error the value is no text
    const other = () => when(1, [['small', (own: string) => own === '', pay]]);
    expectTypeOf([nameless, vague, other]).toBeArray();
    expectTypeOf<WhenRow<number>[1]>().toEqualTypeOf<(value: number) => boolean>();
  });
});
