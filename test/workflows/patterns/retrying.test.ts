import { describe, expect, it } from '@jest/globals';
import { leftOpen, untilIdle } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./retrying.workflows.ts', import.meta.url));
const { resultOf, failureIn, called } = harness;

/** The seconds between attempts, as the history shows them, and how the run ended. */
const attemptsOf = (workflow: string, ...args: unknown[]): Promise<{ waits: number[]; end: unknown }> =>
  harness.run(workflow, args, async (handle) => {
    const end: unknown = await handle.result().catch(() => failureOf(handle.result()));
    expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    const { events } = await handle.fetchHistory();
    const waits = (events ?? []).flatMap((event) => event.timerStartedEventAttributes?.startToFireTimeout ?? []);
    return { waits: waits.map(({ seconds }) => Number(seconds)), end };
  });

describe('retrying', () => {
  it('does all of the work of a branch again until it succeeds, while the others go on', async () => {
    expect(await resultOf('branches')).toEqual({ shaky: 'shaky', steady: 'steady' });
    expect(called.filter((each) => each !== 'steady')).toEqual(Array(3).fill(['prepare', 'shaky']).flat());
  });

  it('waits longer each time, up to the maximum, and throws the last error as it is', async () => {
    const backoff = { initial: '10 seconds', coefficient: 3, maximum: '1 minute' };
    expect(await attemptsOf('failing', { maxAttempts: 5, backoff })).toEqual({
      waits: [10, 30, 60, 60],
      end: 'Broken: attempt 5 failed',
    });
  });

  it('waits 1, 2, 4 seconds if nothing is said', async () => {
    expect(await attemptsOf('failing', { maxAttempts: 4 })).toMatchObject({ waits: [1, 2, 4] });
  });

  it('waits as long as the failure asks for', async () => {
    expect(await attemptsOf('failing', { maxAttempts: 3 }, 'resource', 40)).toMatchObject({ waits: [40, 40] });
    expect(await attemptsOf('failingInWorkflow')).toEqual({ waits: [300], end: 'attempt 2' });
  });

  it('hears the wish for a delay through a stage, and none from alternatives that all failed', async () => {
    expect(await attemptsOf('failingInStage')).toMatchObject({ waits: [300] });
    expect(await attemptsOf('failingAlternatives')).toMatchObject({ waits: [1] });
  });

  it('does not try again what cannot become better, unless told so', async () => {
    for (const category of ['validation', 'logic']) {
      const once = { waits: [], end: 'Broken: attempt 1 failed' };
      expect(await attemptsOf('failing', { maxAttempts: 3 }, category)).toEqual(once);
      const named = await attemptsOf('failing', { maxAttempts: 2, when: [category] }, category);
      expect(named).toMatchObject({ end: 'Broken: attempt 2 failed' });
    }
    const other = await attemptsOf('failing', { maxAttempts: 3, when: ['resource'] }, 'transient');
    expect(other).toMatchObject({ end: 'Broken: attempt 1 failed' });
  });

  it('stops when the run is cancelled, in an attempt or between two', async () => {
    for (const where of ['attempt', 'pause']) {
      await harness.run('endless', [where], async (handle) => {
        await untilIdle(handle);
        await handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      });
    }
  });

  it('refuses options that make no sense before anything is scheduled', async () => {
    const refused = {
      'maxAttempts: expected a whole number of at least 1, got 0': { maxAttempts: 0 },
      'backoff.initial: expected more than 0 ms, got 0': { maxAttempts: 2, backoff: { initial: 0 } },
      'backoff.coefficient: expected at least 1, got 0.5': {
        maxAttempts: 2,
        backoff: { initial: 1, coefficient: 0.5 },
      },
      'backoff.maximum: expected at least the initial wait': { maxAttempts: 2, backoff: { initial: 10, maximum: 5 } },
    };
    for (const [message, options] of Object.entries(refused)) {
      expect(await failureIn('bad', options)).toBe(`BadArgument: ${message}`);
    }
    expect(called).toEqual([]);
  });
});
