/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import {
  ladder,
  type LadderOptions,
  type LadderResult,
  type Rung,
  type Tried,
} from '../../src/workflows/patterns/ladder.ts';

interface Answer {
  readonly text: string;
  readonly confidence: number;
}
const answer = async (): Promise<Answer> => ({ text: '', confidence: 1 });
const rungs = [
  { name: 'small', run: answer, cost: () => 1 },
  { name: 'person', run: answer },
] as const satisfies readonly Rung<string, Answer>[];
const options: LadderOptions<Answer> = { accept: ({ confidence }) => confidence > 0.9 };

describe('the result of ladder', () => {
  it('names the rung, and has a value only when one was accepted', () => {
    const call = () => ladder(rungs, options);
    expectTypeOf(call).returns.resolves.toEqualTypeOf<LadderResult<'small' | 'person', Answer>>();
    const read = async (): Promise<string> => {
      const result = await call();
      expectTypeOf(result.tried).toEqualTypeOf<readonly Tried<'small' | 'person'>[]>();
      if (result.status === 'accepted') {
        expectTypeOf(result.rung).toEqualTypeOf<'small' | 'person'>();
        return result.value.text;
      }
      // @ts-expect-error every rung may have failed
      return result.best.value.text;
    };
    expectTypeOf(read).toBeFunction();
  });

  it('does not compile without saying what is accepted', () => {
    // @ts-expect-error what is good enough has to be said
    const call = () => ladder(rungs, {});
    // @ts-expect-error a rung returns a promise
    const plain = () => ladder([{ name: 'small', run: () => 1 }], { accept: () => true });
    expectTypeOf([call, plain]).toBeArray();
  });
});
