import { describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./pipeline.workflows.ts', import.meta.url));
const { resultOf, failureIn, endsCancelled, booked, called } = harness;

describe('pipeline', () => {
  it('lets items overlap: one is in the second stage while the next is in the first', async () => {
    const items = [1, 1, 1].map((first) => [first, 2]);
    expect(await resultOf('staged', items, [1, 1])).toEqual({
      result: ['item 0', 'item 1', 'item 2'],
      minutes: 1 + 3 * 2,
      most: [1, 1],
    });
  });

  it('does not hold the first stage up for a slow second one', async () => {
    const items = [
      [1, 5],
      [1, 5],
      [10, 5],
    ];
    expect(await resultOf('staged', items, [1, 1])).toMatchObject({ minutes: 1 + 1 + 10 + 5 });
  });

  it('keeps the limit of each stage', async () => {
    const items = Array.from({ length: 9 }, () => [1, 1]);
    expect(await resultOf('staged', items, [4, 2])).toMatchObject({ most: [4, 2] });
  });

  it('keeps the order of the input, whatever ended first', async () => {
    const items = [
      [3, 3],
      [2, 1],
      [1, 1],
    ];
    expect(await resultOf('staged', items, [3, 3])).toMatchObject({ result: ['item 0', 'item 1', 'item 2'] });
  });

  it('takes items through up to six stages', async () => {
    expect(await resultOf('long', 3)).toEqual(['0......', '1......', '2......']);
  });

  it('fails with the first failure of any stage, cancels what is under way and starts no further stage', async () => {
    await harness.run('failing', [], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broken: item 1 failed');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      expect(booked).toEqual([]);
      expect(called.toSorted()).toEqual(['item 0', 'item 1']);
    });
  });

  it('sorts items by what became of them with settled; one that failed skips its further stages', async () => {
    const items = [
      [1, 1],
      [-1, 1],
      [1, -1],
    ];
    expect(await resultOf('staged', items, [1, 1], 'settled')).toMatchObject({
      result: {
        succeeded: [{ item: [1, 1], value: 'item 0' }],
        failed: [
          { item: [-1, 1], error: 'stage 1 failed' },
          { item: [1, -1], error: 'stage 2 failed' },
        ],
      },
    });
  });

  it('returns nothing for no items', async () => {
    expect(await resultOf('staged', [], [1, 1])).toMatchObject({ result: [] });
    expect(await resultOf('staged', [], [1, 1], 'settled')).toMatchObject({ result: { succeeded: [], failed: [] } });
  });

  it('ends as cancelled when the run is cancelled, with items that wait for their turn', async () => {
    for (const join of ['all', 'settled']) {
      const items = Array.from({ length: 4 }, () => [9_000, 9_000]);
      await endsCancelled('staged', items, [1, 1], join);
    }
  });

  it('refuses what makes no sense before anything is scheduled', async () => {
    const refused: [string, unknown[]][] = [
      ['maxConcurrency: expected 1 limits, one a stage, got 2', [[1, 1]]],
      ['maxConcurrency of stage 1: expected a whole number of at least 1, got 0', [[0]]],
      ['maxConcurrency: expected at most 1800 together, got 1801', [[1_801]]],
      ['pipeline: expected at most 1000 items, got 1001; use batch', [[1], 1_001]],
    ];
    for (const [message, args] of refused) {
      expect(await failureIn('bad', ...args)).toBe(`BadArgument: ${message}`);
    }
  });
});
