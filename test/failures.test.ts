import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { categoryOf, failure, invalid } from '../src/failures.ts';
import type { Broken } from './failures.workflows.ts';
import { startPatternHarness, type PatternHarness } from './support/pattern-harness.ts';

let harness: PatternHarness;
let attempts = 0;

const broken: Broken = {
  async fail(category) {
    attempts += 1;
    throw category === null ? new Error('broken') : failure(category, 'broken', { type: 'Broken' });
  },
  async hang() {
    const signal = cancellationSignal();
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  },
};

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./failures.workflows.ts', import.meta.url), broken);
});
afterAll(() => harness.stop());
beforeEach(() => {
  attempts = 0;
});

describe('a failure of a category', () => {
  it.each([
    ['transient', 3, 3],
    ['dependency', 3, 3],
    ['resource', 3, 60],
    ['validation', 1, 0],
    ['logic', 1, 0],
    [null, 3, 3],
  ])('%s is tried %i times in at least %i seconds, and keeps its category', async (category, times, atLeast) => {
    await harness.run('tried', [category], async (handle) => {
      const { seconds, ...rest } = (await handle.result()) as { category: string; seconds: number };
      expect(rest).toEqual({ category: category ?? 'undefined' });
      expect(attempts).toBe(times);
      expect(seconds).toBeGreaterThanOrEqual(atLeast);
    });
  });

  it.each([
    ['stage', 'validation'],
    ['child', 'dependency'],
    ['local', 'logic'],
    ['startToClose', 'transient'],
    ['scheduleToClose', 'dependency'],
    ['cancelled', 'undefined'],
  ])('arrives through %s as %s', async (way, category) => {
    await harness.run('through', [way], async (handle) => {
      expect(await handle.result()).toBe(category);
    });
  });
});

describe('categoryOf', () => {
  it.each([
    ['a plain error', new Error('broken')],
    ['no error at all', 'broken'],
    ['a failure without a category', ApplicationFailure.create({ message: 'broken' })],
    ['an invented category', ApplicationFailure.create({ message: 'broken', details: [{ category: 'constructor' }] })],
    ['details that are no object', ApplicationFailure.create({ message: 'broken', details: [null] })],
    ['a cancellation', new CancelledFailure('cancelled')],
    [
      'a cancelled activity',
      new ActivityFailure('x', 'x', '1', RetryState.CANCEL_REQUESTED, 'x', new CancelledFailure('x')),
    ],
  ])('gives none for %s', (_, error) => {
    expect(categoryOf(error)).toBeUndefined();
  });
});

describe('failure', () => {
  it('lets the one who fails say when to try again', () => {
    expect(failure('resource', 'full', { type: 'Full', nextRetryDelay: 5 }).nextRetryDelay).toBe(5);
    expect(failure('transient', 'lost', { type: 'Lost' }).nextRetryDelay).toBeUndefined();
  });

  it('keeps the facts beside the category, which they cannot change', () => {
    const { details, type } = invalid('NoPart', 'no such part', { part: 7, category: 'transient' });
    expect([type, details]).toEqual(['NoPart', [{ part: 7, category: 'validation' }]]);
  });
});
