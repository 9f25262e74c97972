import { describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./with-timeout.workflows.ts', import.meta.url));
const { resultOf, failureIn, endsCancelled, booked } = harness;

describe('withTimeout', () => {
  it('gives the value of work that ends in time, and leaves no timer', async () => {
    expect(await resultOf('limited', 1, 60)).toBe('slow');
  });

  it('fails with StepTimedOut, and the work it gave up has no effect after the run closed', async () => {
    await harness.run('limited', [20_000, 1], async (handle) => {
      expect(await failureOf(handle.result())).toBe('StepTimedOut: not done within 1000 ms');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      expect(booked).toEqual([]);
      const { events } = await handle.fetchHistory();
      expect(events?.some((event) => event.activityTaskCanceledEventAttributes)).toBe(true);
    });
  });

  it('is a transient failure', async () => {
    expect(await resultOf('category')).toBe('transient');
  });

  it('limits its branch only', async () => {
    expect(await resultOf('inBranch')).toEqual({ late: 'rejected', slow: { status: 'fulfilled', value: 'slow' } });
  });

  it('passes the failure of the work through', async () => {
    expect(await failureIn('failing')).toBe('Broken: step failed');
  });

  it('ends as cancelled, not as timed out, when the run is cancelled', async () => {
    await endsCancelled('waiting');
  });

  it('keeps a result that arrives in the same workflow task as the end of the time, however deep the work', async () => {
    for (const depth of [0, 1, 20]) expect(await resultOf('photoFinish', depth)).toBe('in time');
  });

  it('refuses what is no duration above 0 before anything is scheduled', async () => {
    for (const duration of [0, -5, 'soon']) {
      await harness.run('bad', [duration], async (handle) => {
        expect(await failureOf(handle.result())).toBe(`BadArgument: timeout: expected more than 0 ms, got ${duration}`);
        const { events } = await handle.fetchHistory();
        expect(events?.some((event) => event.timerStartedEventAttributes)).toBe(false);
      });
    }
  });
});
