/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { pipeline, type PipelineJoin } from '../../src/workflows/patterns/pipeline.ts';
import type { Sorted } from '../../src/workflows/patterns/map.ts';

const items = [1, 2, 3];
const text = async (value: number): Promise<string> => String(value);
const size = async (value: string): Promise<number> => value.length;
const odd = async (value: number): Promise<boolean> => value % 2 === 1;

describe('the result of pipeline', () => {
  it('is what the last stage gives for each item', () => {
    const one = () => pipeline(items, [text], { maxConcurrency: [1] });
    expectTypeOf(one).returns.resolves.toEqualTypeOf<string[]>();
    const three = () => pipeline(items, [text, size, odd], { maxConcurrency: [1, 2, 3] });
    expectTypeOf(three).returns.resolves.toEqualTypeOf<boolean[]>();
    const six = () => pipeline(items, [text, size, text, size, text, size], { maxConcurrency: [1, 1, 1, 1, 1, 1] });
    expectTypeOf(six).returns.resolves.toEqualTypeOf<number[]>();
  });

  it('is the items by what became of them when it is settled', () => {
    const call = () => pipeline(items, [text, size], { maxConcurrency: [1, 2], join: 'settled' });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<Sorted<number, number>>();
    const later = (join: PipelineJoin) => pipeline(items, [text], { maxConcurrency: [1], join });
    expectTypeOf(later).returns.resolves.toEqualTypeOf<string[] | Sorted<number, string>>();
  });
});

describe('what pipeline takes', () => {
  it('is stages that fit each other, with a limit for each', () => {
    const inferred = () => pipeline(items, [async (n) => `${n}`, async (s) => s.length], { maxConcurrency: [1, 1] });
    expectTypeOf(inferred).returns.resolves.toEqualTypeOf<number[]>();
    // @ts-expect-error the second stage takes no text
    const misfit = () => pipeline(items, [text, odd], { maxConcurrency: [1, 1] });
    // @ts-expect-error the second stage has no limit
    const short = () => pipeline(items, [text, size], { maxConcurrency: [1] });
    // @ts-expect-error there is no third stage
    const long = () => pipeline(items, [text, size], { maxConcurrency: [1, 1, 1] });
    // @ts-expect-error the limits have to be said
    const none = () => pipeline(items, [text, size]);
    expectTypeOf([misfit, short, long, none]).toBeArray();
  });
});
