import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import { branchSteps } from './branch-steps.ts';

const { steps, booked, called } = branchSteps();
let harness: PatternHarness;

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./with-timeout.workflows.ts', import.meta.url), steps);
});
afterAll(() => harness.stop());
beforeEach(() => {
  booked.length = 0;
  called.length = 0;
});

const resultOf = (workflow: string, ...args: unknown[]): Promise<unknown> =>
  harness.run(workflow, args, async (handle) => {
    const result: unknown = await handle.result();
    expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    return result;
  });

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
    await harness.run('failing', [], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broken: step failed');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('ends as cancelled, not as timed out, when the run is cancelled', async () => {
    await harness.run('waiting', [], async (handle) => {
      await handle.query('progress');
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
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
