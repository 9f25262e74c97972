/**
 * What users know from elsewhere holds here too. p-map and the promise combinators of the language run beside ours on
 * the same work; what AWS and Restate do is taken from their documentation.
 */
import { describe, expect, it } from '@jest/globals';
import { patternTests } from '../../support/pattern-tests.ts';
import type { Combinator, Seen } from './semantics.workflows.ts';

const harness = patternTests(new URL('./semantics.workflows.ts', import.meta.url), {});

const run = <T>(workflow: string, ...args: unknown[]): Promise<T> =>
  harness.run(workflow, args, (handle) => handle.result() as Promise<T>);

interface Pair {
  readonly theirs: Seen;
  readonly ours: Seen;
}

describe('map, as p-map', () => {
  const both = async (items: number[], concurrency: number): Promise<Seen> => {
    const { theirs, ours } = await run<Pair>('besidePMap', items, concurrency);
    expect(ours).toEqual(theirs);
    return ours;
  };

  it('returns results in input order, whatever ended first', async () => {
    expect((await both([3, 1, 2], 3)).result).toEqual({ value: ['3 at 0', '1 at 1', '2 at 2'] });
  });

  it('starts items in input order and takes the next as soon as one has ended', async () => {
    expect(await both([5, 1, 1, 1, 1], 2)).toMatchObject({ begun: [0, 1, 2, 3, 4], minutes: 5, most: 2 });
  });

  it('rejects with the first failure and starts no further item', async () => {
    expect(await both([9, -1, 1, 1], 2)).toMatchObject({ result: { error: '-1 failed' }, begun: [0, 1], minutes: 1 });
  });

  it('returns an empty list for no items', async () => {
    expect((await both([], 4)).result).toEqual({ value: [] });
  });

  it('takes items that are done at once', async () => {
    expect(await both([0, 0, 2, 0], 2)).toMatchObject({ begun: [0, 1, 2, 3], minutes: 2 });
  });
});

describe('parallel, as the combinators of Promise and of Restate', () => {
  const both = async (combinator: Combinator, items: number[]): Promise<Seen> => {
    const { theirs, ours } = await run<Pair>('besidePromises', combinator, items);
    expect(ours).toEqual(theirs);
    return ours;
  };

  it('gives every value in input order with all, and rejects at the first failure', async () => {
    expect((await both('all', [2, 1])).result).toEqual({ value: ['2 at 0', '1 at 1'] });
    expect(await both('all', [3, -1, -2])).toMatchObject({ result: { error: '-1 failed' }, minutes: 1 });
    expect((await both('all', [])).result).toEqual({ value: [] });
  });

  it('gives every outcome in input order with settled, and never rejects', async () => {
    expect(await both('allSettled', [2, -1])).toMatchObject({
      result: {
        value: [
          { status: 'fulfilled', value: '2 at 0' },
          { status: 'rejected', reason: '-1 failed' },
        ],
      },
      minutes: 2,
    });
    expect((await both('allSettled', [])).result).toEqual({ value: [] });
  });

  it('gives the first success past failures with firstSuccess, as any does', async () => {
    expect(await both('any', [-1, 3, 2])).toMatchObject({ result: { value: '2 at 2' }, minutes: 2 });
  });

  it('ends with the first to settle, be it a failure, with any, as race does', async () => {
    expect(await both('race', [2, 1, 3])).toMatchObject({ result: { value: '1 at 1' }, minutes: 1 });
    expect(await both('race', [2, -1])).toMatchObject({ result: { error: '-1 failed' }, minutes: 1 });
  });

  it('takes the earlier branch of the input when two are done at once', async () => {
    expect((await both('race', [0, 0])).result).toEqual({ value: '0 at 0' });
    expect((await both('any', [0, 0])).result).toEqual({ value: '0 at 0' });
  });

  it('differs where nothing can win: no branches are refused at once instead of waiting for ever', async () => {
    const { ours } = await run<Pair>('besidePromises', 'any', []);
    expect(ours.result).toEqual({ error: "join 'firstSuccess': expected at least one branch, got none" });
  });

  it('differs when all fail: the failure says what each branch said', async () => {
    const { theirs, ours } = await run<Pair>('besidePromises', 'any', [-1, -2]);
    expect(theirs.result).toEqual({ error: 'All promises were rejected' });
    expect(ours.result).toEqual({ error: 'every branch failed: b0: -1 failed; b1: -2 failed' });
    expect(ours.minutes).toBe(theirs.minutes);
  });
});

describe('withTimeout, as orTimeout of Restate', () => {
  it('gives the value in time, and fails when time is up without waiting for the work', async () => {
    expect(await run('inTime', 1, 5)).toMatchObject({ result: { value: '1 at 0' }, minutes: 1 });
    expect(await run('inTime', 9, 5)).toMatchObject({ result: { error: 'not done within 300000 ms' }, minutes: 5 });
  });
});

describe('map, as the completion policies of AWS', () => {
  const policy = (items: number[], options: object): Promise<Seen> => run('policy', items, options);
  const counts = ({ result }: Seen): number[] => {
    const { succeeded, failed } = (result as { value: { succeeded: unknown[]; failed: unknown[] } }).value;
    return [succeeded.length, failed.length];
  };

  it('runs every item, whatever fails, when nothing is tolerated or demanded (allCompleted)', async () => {
    expect(counts(await policy([1, -2, 3, -4], {}))).toEqual([2, 2]);
  });

  it('ends as soon as enough items succeeded (minSuccessful, firstSuccessful)', async () => {
    const two = await policy([1, -2, 3, 9], { minSuccessful: 2 });
    expect(counts(two)).toEqual([2, 1]);
    expect(two.minutes).toBe(3);
    expect(await policy([-1, 2, 9], { minSuccessful: 1 })).toMatchObject({ minutes: 2 });
  });

  it('accepts exactly as many failures as are tolerated and stops at the next (toleratedFailureCount)', async () => {
    expect(counts(await policy([-1, -2, 3], { toleratedFailures: 2 }))).toEqual([1, 2]);
    const exceeded = await policy([-1, -2, -3, 9], { toleratedFailures: 2 });
    expect(exceeded).toMatchObject({ minutes: 3, result: { error: expect.stringMatching(/^3 of 4 items failed/) } });
  });

  it('stops at the first failure when none is tolerated (allSuccessful)', async () => {
    expect(await policy([-1, 9], { toleratedFailures: 0 })).toMatchObject({ minutes: 1 });
  });

  it('measures a share against all items, not against those that have ended (toleratedFailurePercentage)', async () => {
    expect(counts(await policy([-1, 2, 3, 4], { toleratedFailures: '25%' }))).toEqual([3, 1]);
    expect(await policy([-1, -2, 9, 9], { toleratedFailures: '49%' })).toMatchObject({ minutes: 2 });
    expect(counts(await policy([-1, -2], { toleratedFailures: '100%' }))).toEqual([0, 2]);
  });

  it('takes whichever comes first of enough successes and too many failures', async () => {
    expect(counts(await policy([1, -2, 3, 9], { minSuccessful: 2, toleratedFailures: 1 }))).toEqual([2, 1]);
    const failed = await policy([-1, -2, 3, 9], { minSuccessful: 2, toleratedFailures: 1 });
    expect(failed).toMatchObject({ minutes: 2, result: { error: expect.stringMatching(/^2 of 4 items failed/) } });
  });

  it('differs when too few are left: it fails at once instead of handing out less than was demanded', async () => {
    const short = await policy([-1, -2, 9], { minSuccessful: 2 });
    expect(short).toMatchObject({
      minutes: 2,
      result: { error: expect.stringMatching(/^quorum of 2 can no longer be reached/) },
    });
  });

  it('differs when more are demanded than there are: the run fails at once', async () => {
    const refused = await policy([1], { minSuccessful: 2 });
    expect(refused.result).toEqual({ error: 'quorum: expected a whole number from 0 to 1, got 2' });
  });
});
