/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import type { ModelResult } from '../../src/services/models/types.ts';
import {
  budget,
  type Budget,
  type BudgetState,
  type Charge,
  type Limits,
  type Spent,
} from '../../src/workflows/patterns/budget.ts';

describe('a budget', () => {
  it('is charged with the result of a model, and gives it back as it was', () => {
    expectTypeOf<ModelResult<string>>().toExtend<Charge>();
    const call = (own: Budget, answer: ModelResult<'yes' | 'no'>) => own.charge(answer).value;
    expectTypeOf(call).returns.toEqualTypeOf<'yes' | 'no'>();
  });

  it('is charged with what a child has spent', () => {
    expectTypeOf<Spent>().toExtend<Charge>();
  });

  it('cannot be charged with a number alone', () => {
    // @ts-expect-error a charge says tokens and cost
    const call = (own: Budget) => own.charge(12);
    expectTypeOf(call).toBeFunction();
  });

  it('stands at one of three states, so that a switch can cover them all', () => {
    expectTypeOf<ReturnType<Budget['check']>>().toEqualTypeOf<BudgetState>();
    expectTypeOf<BudgetState>().toEqualTypeOf<'ok' | 'economize' | 'exhausted'>();
  });

  it('gives what is left as limits of another', () => {
    const call = (own: Budget) => budget(own.left());
    expectTypeOf(call).returns.toEqualTypeOf<Budget>();
    expectTypeOf<ReturnType<Budget['left']>>().toEqualTypeOf<Limits>();
  });

  it('knows no limit but dollars, tokens and calls', () => {
    // @ts-expect-error there is no such limit
    const call = () => budget({ euros: 5 });
    expectTypeOf(call).toBeFunction();
  });
});
