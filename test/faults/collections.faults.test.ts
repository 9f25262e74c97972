import { describe, expect, it } from '@jest/globals';
import type { BatchResult } from '../../src/workflows/patterns/batch.ts';
import type { Sorted } from '../../src/workflows/patterns/map.ts';
import { Bookings, explorerOf, onlyFault } from './booking.ts';
import type { Chunks } from './collections.workflows.ts';

const bookings = new Bookings();
const chunks: Chunks = {
  async bookRange({ from, to }, key) {
    for (let item = from; item < to; item += 1) bookings.book(`${key} item ${String(item)}`);
    return { done: to - from, failed: [], skipped: 0 };
  },
};
const exploring = explorerOf(new URL('./collections.workflows.ts', import.meta.url), bookings, {
  ...bookings.activities,
  ...chunks,
});

const lasting = /^(fails: |unanswered$)/;

describe('map, at every fault', () => {
  it('has every item or fails, when it waits for all', async () => {
    await exploring('mapped', [], (booked, explored) => {
      const { outcome } = explored;
      if (outcome.status === 'completed') expect(booked).toEqual(['a', 'b', 'c']);
      expect(outcome.status === 'failed').toBe(lasting.test(onlyFault(explored, /book/) ?? ''));
    });
  });

  it('tells of each item what became of it, and never fails, when it settles', async () => {
    await exploring('settled', [], (booked, explored) => {
      const { outcome } = explored;
      expect(outcome.status).not.toBe('failed');
      if (outcome.status !== 'completed') return;
      const { succeeded, failed } = outcome.result as Sorted<string, string>;
      expect([...succeeded, ...failed].map(({ item }) => item).sort()).toEqual(['a', 'b', 'c']);
      expect(booked).toEqual(expect.arrayContaining(succeeded.map(({ item }) => item)));
      expect(failed).toHaveLength(lasting.test(onlyFault(explored, /book/) ?? '') ? 1 : 0);
    });
  });

  it('leaves no item at work, when some are enough', async () => {
    await exploring(
      'quorate',
      [],
      (booked, { outcome }) => {
        if (outcome.status !== 'completed') return;
        const { succeeded } = outcome.result as Sorted<string, string>;
        expect(succeeded.length).toBeGreaterThanOrEqual(2);
        expect(booked).toEqual(expect.arrayContaining(succeeded.map(({ item }) => item)));
      },
      // Cancelled while only the loser is still at work, the run has its result already.
      { survives: ({ at }) => at.includes('bookSlowly') },
    );
  });
});

describe('pipeline, at every fault', () => {
  it('takes each item through its stages in order', async () => {
    await exploring('piped', [], (booked, explored) => {
      const { outcome } = explored;
      if (outcome.status === 'completed') expect(booked).toEqual(['a1', 'a2', 'b1', 'b2']);
      for (const item of ['a', 'b']) if (booked.includes(`${item}2`)) expect(booked).toContain(`${item}1`);
      expect(outcome.status === 'failed').toBe(lasting.test(onlyFault(explored, /book/) ?? ''));
    });
  });
});

describe('batch, at every fault', () => {
  it.each([
    ['in one run', 1_000],
    ['over several runs', 12],
  ])('counts every item once, %s', async (_, maxHistoryEvents) => {
    await exploring('imported', [maxHistoryEvents], (booked, explored) => {
      const { outcome, faults, history } = explored;
      if (outcome.status !== 'completed') return;
      const { done, failed, skipped, total } = outcome.result as BatchResult;
      expect({ total, counted: done + failed + skipped }).toEqual({ total: 6, counted: 6 });
      expect(failed).toBe(lasting.test(onlyFault(explored, /bookRange/) ?? '') ? 2 : 0);
      expect(booked.filter((name) => name.includes('item')).length).toBeGreaterThanOrEqual(done);
      const before = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
      if (faults.length === 0) expect(before !== '').toBe(maxHistoryEvents < 1_000);
    });
  });
});
