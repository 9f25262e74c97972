import { describe, expect, it } from '@jest/globals';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./map.workflows.ts', import.meta.url));
const { resultOf, failureIn, endsCancelled, booked, called } = harness;

describe('map', () => {
  it('returns the results in input order, whatever ended first', async () => {
    expect(await resultOf('mapped', [3, 1, 2])).toEqual(['3 done', '1 done', '2 done']);
  });

  it('returns nothing for no items', async () => {
    expect(await resultOf('mapped', [])).toEqual([]);
    expect(await resultOf('mapped', [], { join: 'settled' })).toEqual({ succeeded: [], failed: [] });
    expect(await resultOf('mapped', [1], { join: { quorum: 0 } })).toEqual({ succeeded: [], failed: [] });
  });

  it('fails with the first failure, cancels what is under way and starts no further item', async () => {
    expect(await failureIn('called', [20_000, null, 1, 1], { maxConcurrency: 2 })).toBe('Broken: item 1 failed');
    expect(booked).toEqual([]);
    expect(called.toSorted()).toEqual(['item 0', 'item 1']);
  });

  it('sorts items by what became of them with settled', async () => {
    expect(await resultOf('mapped', [3, -1, 2, -4], { join: 'settled' })).toEqual({
      succeeded: [
        { item: 3, value: '3 done' },
        { item: 2, value: '2 done' },
      ],
      failed: [
        { item: -1, error: '-1 failed' },
        { item: -4, error: '-4 failed' },
      ],
    });
  });

  it('returns as soon as a quorum succeeded, with the failures so far', async () => {
    expect(await resultOf('mapped', [1, -2, 9_000, 3], { join: { quorum: 2 } })).toEqual({
      succeeded: [
        { item: 1, value: '1 done' },
        { item: 3, value: '3 done' },
      ],
      failed: [{ item: -2, error: '-2 failed' }],
    });
  });

  it('fails as soon as the quorum can no longer be reached', async () => {
    expect(await failureIn('mapped', [-1, -2, 9_000], { join: { quorum: 2 } })).toBe(
      'QuorumNotReached: quorum of 2 can no longer be reached: 0 succeeded: 0: -1 failed; 1: -2 failed',
    );
  });

  it('goes on past as many failures as are tolerated, and fails at the first above them', async () => {
    expect(await resultOf('mapped', [1, -2, 3, -4], { toleratedFailures: 2 })).toMatchObject({
      succeeded: [{ item: 1 }, { item: 3 }],
      failed: [{ item: -2 }, { item: -4 }],
    });
    expect(await failureIn('mapped', [1, -2, -3, 9_000], { toleratedFailures: 1 })).toBe(
      'TooManyFailures: 2 of 4 items failed, more than the 1 tolerated: 1: -2 failed; 2: -3 failed',
    );
  });

  it('takes a share of all items as tolerance, rounded down', async () => {
    const items = [...Array<number>(17).fill(1), -1];
    expect(await resultOf('mapped', items, { toleratedFailures: '10%' })).toMatchObject({ failed: [{ item: -1 }] });
    expect(await failureIn('mapped', [...items, -1, 9_000], { toleratedFailures: '5%' })).toMatch(
      /^TooManyFailures: 2 of 20/,
    );
    expect(await resultOf('mapped', [-1, -1], { toleratedFailures: '100%' })).toMatchObject({ succeeded: [] });
  });

  it('has 50 items under way if nothing is said, and never more than asked for', async () => {
    expect(await resultOf('windowed', 120)).toBe(50);
    expect(await resultOf('windowed', 20, 3)).toBe(3);
    expect(await resultOf('windowed', 5, 40)).toBe(5);
  });

  it('leaves the same history as a hand-written window', async () => {
    const kinds = async (by: string): Promise<Record<string, number>> =>
      harness.run('lanes', [by, 12], async (handle) => {
        expect(await handle.result()).toBe(12);
        const { events } = await handle.fetchHistory();
        const counted: Record<string, number> = {};
        for (const event of events ?? []) {
          // How activities share workflow tasks is a matter of timing.
          const kind = Object.keys(event).find((key) => key.endsWith('Attributes') && !key.startsWith('workflowTask'));
          if (kind !== undefined) counted[kind] = (counted[kind] ?? 0) + 1;
        }
        return counted;
      });
    expect(await kinds('map')).toEqual(await kinds('hand'));
  });

  it('counts a failure that is thrown rather than rejected as that of its item', async () => {
    expect(await resultOf('throwing')).toMatchObject({
      succeeded: [{ item: 1 }, { item: 3 }],
      failed: [{ item: 2, error: 'thrown, not rejected' }],
    });
  });

  it('lets no item cancel another one', async () => {
    expect(await resultOf('selfCancelling')).toMatchObject({
      succeeded: [{ item: 1 }, { item: 3 }, { item: 4 }, { item: 5 }, { item: 6 }],
      failed: [{ item: 2 }],
    });
  });

  it('still has as many items under way after one that cancelled itself', async () => {
    expect(await resultOf('selfCancelling')).toMatchObject({ minutes: 3 });
  });

  it('ends as cancelled, whatever the join, when the run is cancelled', async () => {
    for (const join of ['all', 'settled', { quorum: 1 }]) {
      await endsCancelled('mapped', [9_000, 9_000, 9_000], { join, maxConcurrency: 2 });
    }
  });

  it('is one line of the progress tree with counts, and keeps the items that failed', async () => {
    await harness.run('mapped', [[1, -2, 3], { join: 'settled' }], async (handle) => {
      await handle.result();
      const { children } = await handle.query<ProgressNode>('progress');
      expect(children).toMatchObject([{ kind: 'map', outcome: '2 of 3 done, 1 failed', state: 'done' }]);
      expect(children[0]?.children).toMatchObject([{ kind: 'item', name: '1', state: 'failed' }]);
    });
  });

  it("shows the progress tree in Temporal's Web UI, while it runs and after its end", async () => {
    await harness.run('mapped', [[1, -2, 3], { join: 'settled' }], async (handle) => {
      const details = async (): Promise<unknown> =>
        (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails;
      expect(await details()).toMatch(/^- [▶✓] map/);
      await handle.result();
      expect(await details()).toBe('- ✓ map — 2 of 3 done, 1 failed\n  - ✗ 1 — -2 failed');
    });
  });

  it('refuses what makes no sense before anything is scheduled', async () => {
    const refused: [string, unknown[], unknown][] = [
      ['map: expected at most 1000 items, got 1001; use batch', Array(1_001).fill(1), {}],
      ['maxConcurrency: expected a whole number of at least 1, got 0', [1], { maxConcurrency: 0 }],
      ['quorum: expected a whole number from 0 to 1, got 2', [1], { join: { quorum: 2 } }],
      ['quorum: expected a whole number from 0 to 1, got -1', [1], { join: { quorum: -1 } }],
      ['quorum: expected a whole number from 0 to 1, got 0.5', [1], { join: { quorum: 0.5 } }],
      [
        "toleratedFailures: expected a whole number of at least 0 or '0%' to '100%', got -1",
        [1],
        { toleratedFailures: -1 },
      ],
      [
        "toleratedFailures: expected a whole number of at least 0 or '0%' to '100%', got 101%",
        [1],
        { toleratedFailures: '101%' },
      ],
      [
        "toleratedFailures: expected a whole number of at least 0 or '0%' to '100%', got 55",
        [1],
        { toleratedFailures: '55' },
      ],
    ];
    for (const [message, items, options] of refused) {
      expect(await failureIn('mapped', items, options)).toBe(`BadArgument: ${message}`);
    }
  });
});
