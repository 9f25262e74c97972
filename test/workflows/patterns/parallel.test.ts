import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';
import type { Steps } from './parallel.workflows.ts';

let booked: string[] = [];

const wait = async (ms: number): Promise<void> => {
  const signal = cancellationSignal();
  await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? (signal.reason as Error) : error;
  });
};

const steps: Steps = {
  async work(name, ms) {
    await wait(ms);
    booked.push(name);
    return name;
  },
  async fail(name, ms) {
    await wait(ms);
    throw new Error(`${name} failed`);
  },
};

const harness = patternTests(new URL('./parallel.workflows.ts', import.meta.url), steps);
const { resultOf, failureIn } = harness;
beforeEach(() => {
  booked = [];
});

const join = (...args: unknown[]): Promise<unknown> => resultOf('joined', ...args);

describe('parallel', () => {
  it('returns every value in input order with all', async () => {
    expect(Object.entries((await join({ slow: 60, fast: 1 }, 'all')) as object)).toEqual([
      ['slow', 'slow'],
      ['fast', 'fast'],
    ]);
  });

  it('fails with the first failure, and the loser has no effect after the run closed', async () => {
    await harness.run('joined', [{ bad: -10, slow: 20_000 }, 'all'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Error: bad failed');
      expect(booked).toEqual([]);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('returns every outcome with settled', async () => {
    expect(await join({ good: 1, bad: -1 }, 'settled')).toEqual({
      good: { status: 'fulfilled', value: 'good' },
      bad: { status: 'rejected', error: 'error' },
    });
  });

  it('marks what was still going when the timeout passed, and cancels it', async () => {
    expect(await join({ good: 1, slow: 30_000 }, 'settled', 500)).toEqual({
      good: { status: 'fulfilled', value: 'good' },
      slow: { status: 'timedOut' },
    });
    expect(booked).toEqual(['good']);
  });

  it('returns the first success with firstSuccess, past failures', async () => {
    expect(await join({ bad: -1, good: 50, slow: 30_000 }, 'firstSuccess')).toEqual({ branch: 'good', value: 'good' });
    expect(booked).toEqual(['good']);
  });

  it('fails with AllBranchesFailed when none succeeded', async () => {
    expect(await failureIn('joined', { a: -30, b: -1 }, 'firstSuccess')).toBe(
      'AllBranchesFailed: every branch failed: a: a failed; b: b failed',
    );
  });

  it('returns as soon as the quorum succeeded', async () => {
    expect(await join({ a: 1, slow: 30_000, b: 20 }, { quorum: 2 })).toEqual({ a: 'a', b: 'b' });
  });

  it('fails at once when the quorum can no longer be reached', async () => {
    expect(await failureIn('joined', { a: -1, b: -1, slow: 30_000 }, { quorum: 2 })).toMatch(/^QuorumNotReached: /);
  });

  it('fails with JoinTimedOut and names what is missing', async () => {
    expect(await failureIn('joined', { a: 1, slow: 30_000 }, 'all', 300)).toBe(
      "JoinTimedOut: join 'all' timed out; missing: slow",
    );
  });

  it('refuses a quorum above the number of branches before anything is scheduled', async () => {
    await harness.run('joined', [{ a: 1 }, { quorum: 2 }], async (handle) => {
      expect(await failureOf(handle.result())).toBe('BadArgument: quorum: expected a whole number from 0 to 1, got 2');
      const { events } = await handle.fetchHistory();
      expect(events?.some((event) => event.activityTaskScheduledEventAttributes)).toBe(false);
    });
  });

  it('starts nothing when a quorum of 0 is decided already', async () => {
    await harness.run('joined', [{ a: 1, b: 1 }, { quorum: 0 }], async (handle) => {
      expect(await handle.result()).toEqual({});
      const { events } = await handle.fetchHistory();
      expect(events?.some((event) => event.activityTaskScheduledEventAttributes)).toBe(false);
    });
  });

  it('lets a branch cancel its own scope without cancelling its neighbours or those that wait', async () => {
    await harness.run('selfCancelling', [], async (handle) => {
      expect(await handle.result()).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    });
  });

  it('keeps an outcome that arrives in the same workflow task as the end of the time', async () => {
    await harness.run('photoFinish', [], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'fulfilled', value: 'in time' });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('refuses a timeout that is no duration above 0', async () => {
    for (const timeout of [0, -1, 'soon']) {
      expect(await failureIn('joined', { a: 1 }, 'settled', timeout)).toBe(
        `BadArgument: timeout: expected more than 0 ms, got ${timeout}`,
      );
    }
  });

  it('ends as cancelled, whatever the join, when the run is cancelled', async () => {
    for (const policy of ['all', 'settled', 'any', 'firstSuccess', { quorum: 1 }]) {
      await harness.run('cancelled', [policy], async (handle) => {
        await handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect((await leftOpen(handle)).timers).toEqual([]);
      });
    }
  });

  it('ends at once when it is cancelled, whatever its branches do then', async () => {
    await harness.run('deaf', [], async (handle) => {
      await handle.query('progress');
      await handle.cancel();
      expect(await handle.result()).toBe(0);
    });
  });

  it('begins nothing when the run is cancelled already', async () => {
    await harness.run('tooLate', [], async (handle) => {
      await handle.query('progress');
      await handle.cancel();
      expect(await handle.result()).toBe(false);
    });
  });

  it('never runs more branches at once than maxConcurrency', async () => {
    await harness.run('windowed', [20, 3], async (handle) => {
      expect(await handle.result()).toBe(3);
    });
  });
});
