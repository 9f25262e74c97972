import { describe, expect, it } from '@jest/globals';
import type { LadderResult } from '../../src/workflows/patterns/ladder.ts';
import { Bookings, explorerOf, onlyFault } from './booking.ts';

const exploring = explorerOf(new URL('./branches.workflows.ts', import.meta.url), new Bookings());

const lasting = /^(fails: |unanswered$)/;

describe('withFallback, at every fault', () => {
  it('gives the default for the failures that it is for, and for nothing else', async () => {
    await exploring('defaulted', [], (booked, explored) => {
      const { outcome } = explored;
      const kind = onlyFault(explored, /book#[12]$/);
      if (outcome.status === 'completed') {
        expect(booked.some((name) => String(outcome.result).endsWith(`/${name}`))).toBe(true);
        expect(booked.includes('b') || booked.includes('instead')).toBe(true);
      }
      if (kind && /^fails: (resource|dependency)/.test(kind)) expect(outcome.status).toBe('completed');
      else if (kind && lasting.test(kind)) expect(outcome.status).toBe('failed');
      if (outcome.status !== 'completed' && explored.faults.length === 1) expect(booked).not.toContain('instead');
    });
  });
});

describe('retrying, at every fault', () => {
  it('does another attempt whole, and only after a failure that is worth it', async () => {
    await exploring('retried', [], (booked, explored) => {
      const { outcome } = explored;
      if (outcome.status === 'completed') {
        const attempt = String(outcome.result);
        expect(booked).toEqual(expect.arrayContaining([`a${attempt}`, `b${attempt}`]));
      }
      const kind = onlyFault(explored, /book#[12]$/);
      if (kind && /^fails: (transient|resource|dependency)|^unanswered$/.test(kind))
        expect(outcome).toMatchObject({ status: 'completed', result: 2 });
      else if (explored.faults.length < 2) expect(booked).not.toContain('a2');
    });
  });
});

describe('withTimeout, at every fault', () => {
  it('gives what is done in time', async () => {
    await exploring('timed', [1], (booked, { outcome }) => {
      if (outcome.status === 'completed') expect(booked).toEqual(['after', 'before']);
      else if (outcome.status === 'failed') expect(outcome.error).not.toMatchObject({ type: 'StepTimedOut' });
    });
  });

  it('fails when the time is up, and lets what was stopped tidy up before the run closes', async () => {
    await exploring(
      'timed',
      [3],
      (booked, { outcome, faults }) => {
        expect(outcome.status).not.toBe('completed');
        expect(booked).not.toContain('after');
        const tidiesUp = !faults.some(({ at }) => at.includes('book'));
        if (outcome.status === 'failed' && tidiesUp) expect(booked).toEqual(['before', 'tidied']);
      },
      {
        ends: 'failed',
        // Once the time is up the run has failed already.
        survives: ({ at }) => at.endsWith('book#2'),
      },
    );
  });
});

describe('fallback, at every fault', () => {
  it('takes the next alternative after a failure, and none after a cancellation', async () => {
    await exploring('alternatives', [], (booked, explored) => {
      const { outcome, faults } = explored;
      const failed = faults.filter(({ kind }) => lasting.test(kind)).length;
      const last = ['a', 'b', 'c'][failed];
      if (outcome.status === 'completed') expect(outcome.result).toMatch(new RegExp(`/${String(last)}$`));
      expect(outcome.status === 'failed').toBe(false);
      expect(['b', 'c'].slice(failed).filter((name) => booked.includes(name))).toEqual([]);
    });
  });
});

describe('when, at every fault', () => {
  it.each([
    [5, 'small'],
    [500, 'large'],
  ] as const)('takes no other way for %p than %s', async (amount, name) => {
    await exploring('sorted', [amount], (booked, { outcome }) => {
      expect(booked.filter((each) => each !== name)).toEqual([]);
      if (outcome.status === 'completed') expect(booked).toEqual([name]);
    });
  });
});

describe('ladder, at every fault', () => {
  it('climbs past rungs that fail, and stops at the first that is good enough', async () => {
    await exploring('climbed', [], (booked, explored) => {
      const { outcome } = explored;
      expect(outcome.status).not.toBe('failed');
      if (outcome.status !== 'completed') return;
      const result = outcome.result as LadderResult<string, string>;
      if (result.status === 'accepted') expect(booked).toContain(result.rung);
      const kind = onlyFault(explored, /second/);
      expect(booked.includes('third')).toBe(
        result.status === 'accepted' ? result.rung === 'third' : booked.includes('third'),
      );
      if (explored.faults.length < 2) {
        expect(result).toMatchObject({ status: 'accepted', rung: kind && lasting.test(kind) ? 'third' : 'second' });
      }
    });
  });
});
