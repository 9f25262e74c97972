/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import {
  contextWindow,
  type ContextEntry,
  type ContextWindow,
  type ContextWindowOptions,
} from '../../src/workflows/patterns/context-window.ts';

type Summarize = (text: string) => Promise<string>;

describe('a context window', () => {
  it('needs a bound and a way to summarize', () => {
    expectTypeOf<{ maxTokens: number; summarize: Summarize }>().toExtend<ContextWindowOptions>();
    expectTypeOf<{ maxTokens: number }>().not.toExtend<ContextWindowOptions>();
    expectTypeOf<{ summarize: Summarize }>().not.toExtend<ContextWindowOptions>();
  });

  it('summarizes through a promise, because an activity does it', () => {
    // @ts-expect-error a text is no promise of one
    const call = () => contextWindow({ maxTokens: 1000, summarize: (text) => text });
    expectTypeOf(call).toBeFunction();
  });

  it('forks into a context window', () => {
    expectTypeOf<ReturnType<ContextWindow['fork']>>().toEqualTypeOf<ContextWindow>();
  });

  it('hands out entries that nobody else can change', () => {
    expectTypeOf<ReturnType<ContextWindow['entries']>>().toEqualTypeOf<readonly ContextEntry[]>();
  });

  it('takes an entry in a moment, not at once', () => {
    expectTypeOf<ReturnType<ContextWindow['add']>>().toEqualTypeOf<Promise<void>>();
  });
});
