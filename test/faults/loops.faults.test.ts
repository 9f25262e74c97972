import { describe, expect, it } from '@jest/globals';
import { Bookings, explorerOf, onlyFault } from './booking.ts';

const exploring = explorerOf(new URL('./loops.workflows.ts', import.meta.url), new Bookings());

const lasting = /^(fails: |unanswered$)/;

describe('iterate, at every fault', () => {
  it.each([
    ['in one run', 1_000],
    ['over several runs', 14],
  ])('does each round once and in order, %s', async (_, maxHistoryEvents) => {
    await exploring('iterated', [maxHistoryEvents], (booked, explored) => {
      const { outcome, faults, history } = explored;
      const all = ['before', 'round 1', 'round 2', 'round 3'];
      expect(booked).toEqual(all.slice(0, booked.length));
      if (outcome.status === 'completed') {
        expect(booked).toEqual(all);
        expect(outcome.result).toMatchObject({ status: 'done', state: 3, iterations: 3 });
      }
      expect(outcome.status === 'failed').toBe(lasting.test(onlyFault(explored, /book/) ?? ''));
      const before = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
      if (faults.length === 0) expect(before !== '').toBe(maxHistoryEvents < 1_000);
    });
  });
});

describe('poll, at every fault', () => {
  it.each([
    [2, { status: 'done', value: 2 }],
    [9, { status: 'timedOut', last: 3 }],
  ])('asks until the answer is there or the time is up, with %p probes wanted', async (wanted, result) => {
    await exploring('polled', [wanted], (booked, explored) => {
      const { outcome } = explored;
      const all = ['probe 1', 'probe 2', 'probe 3'];
      expect(booked).toEqual(all.slice(0, booked.length));
      if (outcome.status === 'completed') expect(outcome.result).toEqual(result);
      expect(outcome.status === 'failed').toBe(lasting.test(onlyFault(explored, /book/) ?? ''));
    });
  });
});
