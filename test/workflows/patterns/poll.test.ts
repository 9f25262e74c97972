import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { notYet } from '../../../src/activities/not-yet.ts';
import { leftOpen, untilIdle } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';
import type { Parcels } from './poll.workflows.ts';

let places: string[] = [];
let probes = 0;

const parcels: Parcels = {
  async track() {
    probes += 1;
    const place = places.shift() ?? 'on the road';
    if (place === 'broken') throw ApplicationFailure.nonRetryable('no answer', 'Broken');
    return place;
  },
  async arrival() {
    probes += 1;
    if (probes < 40) throw notYet('1 minutes');
    return 'arrived';
  },
};

const harness = patternTests(new URL('./poll.workflows.ts', import.meta.url), parcels);
const { failureIn } = harness;
beforeEach(() => {
  places = [];
  probes = 0;
});

describe('poll', () => {
  it('asks at once, and again after each interval, until the answer is there', async () => {
    places = ['packed', 'on the road', 'arrived'];
    await harness.run('untilArrived', [{ every: '10 minutes', timeout: '1 day' }], async (handle) => {
      const result = { status: 'done', value: 'arrived' };
      expect(await handle.result()).toEqual({ result, minutes: 20, continued: false });
      expect(probes).toBe(3);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('stops at once when it can never happen any more', async () => {
    places = ['packed', 'lost', 'arrived'];
    await harness.run('untilArrived', [{ every: '10 minutes', timeout: '1 day' }], async (handle) => {
      expect(await handle.result()).toMatchObject({ result: { status: 'failed', value: 'lost' } });
      expect(probes).toBe(2);
    });
  });

  it('ends as timed out, with the last answer, in the middle of an interval', async () => {
    await harness.run('untilArrived', [{ every: '10 minutes', timeout: '25 minutes' }], async (handle) => {
      const result = { status: 'timedOut', last: 'on the road' };
      expect(await handle.result()).toEqual({ result, minutes: 25, continued: false });
      expect(probes).toBe(3);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('waits longer and longer up to the maximum', async () => {
    places = ['', '', '', '', 'arrived'];
    const backoff = { coefficient: 2, maximum: '30 minutes' };
    await harness.run('untilArrived', [{ every: '10 minutes', timeout: '1 day', backoff }], async (handle) => {
      expect(await handle.result()).toMatchObject({ result: { status: 'done' }, minutes: 10 + 20 + 30 + 30 });
    });
  });

  it('fails with the failure of a probe', async () => {
    places = ['packed', 'broken'];
    expect(await failureIn('untilArrived', { every: '10 minutes', timeout: '1 day' })).toMatch(/no answer/);
  });

  it('ends as cancelled when the run is cancelled between two probes', async () => {
    await harness.run('untilArrived', [{ every: '10 minutes', timeout: '1 day' }], async (handle) => {
      await untilIdle(handle);
      expect(probes).toBe(1);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('continues as new when it takes long, and keeps count and timeout', async () => {
    const waiting = { every: '10 minutes', timeout: '385 minutes', maxHistoryEvents: 60 };
    await harness.run('untilArrived', [waiting], async (handle) => {
      const { minutes: _minutes, ...rest } = (await handle.result()) as { minutes: number };
      expect(rest).toEqual({ result: { status: 'timedOut', last: 'on the road' }, continued: true });
      expect(probes).toBe(39);
    });
  });

  it.each([
    [{ every: 0, timeout: '1 day' }, 'every: expected more than 0 ms, got 0'],
    [{ every: '1 minute', timeout: 0 }, 'timeout: expected more than 0 ms, got 0'],
    [{ every: 60, timeout: 90, backoff: { coefficient: 0.5 } }, 'backoff.coefficient: expected at least 1, got 0.5'],
    [
      { every: 60, timeout: 90, backoff: { coefficient: 2, maximum: 30 } },
      "backoff.maximum: expected at least 'every', got 30 ms",
    ],
  ])('refuses %j', async (waiting, message) => {
    expect(await failureIn('untilArrived', waiting)).toBe(`BadArgument: ${message}`);
    expect(probes).toBe(0);
  });
});

describe('an activity that says notYet', () => {
  it('is asked again after the delay without an event in the history', async () => {
    await harness.run('withoutHistory', [], async (handle) => {
      expect(await handle.result()).toBe('arrived');
      expect(probes).toBe(40);
      const { events } = await handle.fetchHistory();
      expect(events?.length).toBeLessThan(15);
    });
  });
});
