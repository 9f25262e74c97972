import { describe, expect, it } from '@jest/globals';
import { Bookings, explorerOf, standing } from './booking.ts';

const exploring = explorerOf(new URL('./patterns.workflows.ts', import.meta.url), new Bookings());
const votes = { release: ['ada', 'grace'].map((by) => ({ vote: 'approve', by, roles: ['boss'] }) as const) };

const none = (booked: readonly string[], names: readonly string[]): void => {
  expect(booked.filter((name) => names.includes(name))).toEqual([]);
};

describe('stage, at every fault', () => {
  it('does nothing of a stage after one that failed', async () => {
    await exploring('staged', [], (booked, { outcome, faults }) => {
      if (outcome.status === 'completed') expect(booked).toEqual(['a', 'b']);
      else if (faults[0]?.at.startsWith('outer / first') && faults[0].kind.startsWith('fails')) none(booked, ['b']);
    });
  });
});

describe('parallel, at every fault', () => {
  it('has everything or fails, when it waits for all', async () => {
    await exploring('joined', ['all'], (booked, { outcome }) => {
      if (outcome.status === 'completed') expect(booked).toEqual(['a', 'a2', 'b', 'c']);
    });
  });

  it('tells of each branch what became of it, and never fails, when it settles', async () => {
    await exploring('joined', ['settled'], (booked, { outcome }) => {
      expect(outcome.status).not.toBe('failed');
      if (outcome.status !== 'completed') return;
      const branches = outcome.result as Record<string, { status: string }>;
      const fulfilled = Object.keys(branches).filter((name) => branches[name]?.status === 'fulfilled');
      expect(booked).toEqual(expect.arrayContaining(fulfilled));
    });
  });

  it.each(['any', 'firstSuccess', { quorum: 1 }] as const)(
    'leaves no loser at work, with the join %p',
    async (join) => {
      // Cancelled while only the loser is still at work, the run has its result already.
      const isLoser = ({ at }: { readonly at: string }): boolean => at.startsWith('c /');
      await exploring(
        'joined',
        [join],
        (booked, { outcome }) => {
          if (outcome.status === 'completed') expect(booked.some((name) => ['a2', 'b', 'c'].includes(name))).toBe(true);
        },
        { survives: isLoser },
      );
    },
  );
});

describe('saga, at every fault', () => {
  it('keeps all bookings, or none, or names those that it could not undo', async () => {
    await exploring('booked', [], (booked, { outcome }) => {
      if (outcome.status === 'completed') expect(booked).toEqual(['a', 'b', 'c', 'd']);
      else if (outcome.status === 'cancelled') expect(booked).toEqual([]);
      else expect(standing(outcome.error)).toEqual(expect.arrayContaining([...booked]));
    });
  });

  it('keeps what was booked before the pivot', async () => {
    await exploring(
      'pivoted',
      [],
      (booked, { outcome, faults }) => {
        if (outcome.status === 'completed') expect(booked).toEqual(['a', 'b']);
        else if (faults[0]?.at.startsWith('b /')) expect(booked).toContain('a');
        else if (faults.length === 1) expect(booked).toEqual([]);
      },
      { again: ['b'] },
    );
  });
});

describe('approvalGate, at every fault', () => {
  it('decides once, and only an approval goes on', async () => {
    await exploring(
      'approved',
      [],
      (booked, { outcome, faults }) => {
        if (outcome.status !== 'completed') return;
        expect(booked.includes('after')).toBe(outcome.result === 'approved');
        const [kind] = faults.map((fault) => fault.kind);
        const expected = kind === 'nobody votes' ? 'expired' : kind === 'vote against' ? 'rejected' : 'approved';
        if (faults.length < 2) expect(outcome.result).toBe(expected);
      },
      { votes },
    );
  });
});

describe('route, at every fault', () => {
  it.each(['a', 'b', 'unknown'])('takes no other way than the one for %s', async (to) => {
    await exploring('routed', [to], (booked, { outcome }) => {
      const own = to === 'unknown' ? 'other unknown' : to;
      if (outcome.status === 'completed') expect(booked).toEqual([own]);
      none(
        booked,
        ['a', 'b', 'other unknown'].filter((name) => name !== own),
      );
    });
  });
});
