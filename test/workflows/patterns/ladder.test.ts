import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import { branchSteps } from './branch-steps.ts';

const { steps, called } = branchSteps();
let harness: PatternHarness;

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./ladder.workflows.ts', import.meta.url), steps);
});
afterAll(() => harness.stop());
beforeEach(() => {
  called.length = 0;
});

const climb = (...args: unknown[]): Promise<unknown> =>
  harness.run('climb', args, async (handle) => {
    const result: unknown = await handle.result();
    expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    return result;
  });

describe('ladder', () => {
  it('stops at the first rung whose result is accepted, and says what each cost', async () => {
    const rungs = [
      ['small', 0.5],
      ['large', 0.95],
      ['person', 1],
    ];
    expect(await climb(rungs)).toEqual({
      status: 'accepted',
      rung: 'large',
      value: { by: 'large', confidence: 0.95 },
      cost: 11,
      tried: [
        { rung: 'small', status: 'declined', cost: 1 },
        { rung: 'large', status: 'accepted', cost: 10 },
      ],
    });
    expect(called).toEqual(['small', 'large']);
  });

  it('climbs past a rung that fails', async () => {
    const rungs = [
      ['small', null],
      ['large', 0.95],
    ];
    expect(await climb(rungs)).toMatchObject({
      status: 'accepted',
      rung: 'large',
      tried: [{ rung: 'small', status: 'failed', error: 'small failed' }, { rung: 'large' }],
    });
  });

  it('gives the best result when none is accepted', async () => {
    const rungs = [
      ['small', 0.8],
      ['large', 0.7],
    ];
    expect(await climb(rungs)).toMatchObject({
      status: 'exhausted',
      best: { rung: 'small', value: { confidence: 0.8 } },
      cost: 11,
    });
    expect(await climb(rungs, false)).toMatchObject({ status: 'exhausted', best: { rung: 'large' } });
  });

  it('gives no best result when every rung failed', async () => {
    expect(await climb([['small', null]])).toEqual({
      status: 'exhausted',
      cost: 0,
      tried: [{ rung: 'small', status: 'failed', error: 'small failed' }],
    });
  });

  it('ends at once when the run is cancelled, whatever the rung says then', async () => {
    for (const answer of ['cancelled', 'broken']) {
      await harness.run('waiting', [answer], async (handle) => {
        await handle.query('progress');
        await handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect(called).toEqual([]);
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      });
    }
  });

  it('refuses no rungs, two rungs of one name, and a score that is no number', async () => {
    const refused: [string, unknown[], string][] = [
      ['climb', [[]], 'ladder: expected at least one rung, got none'],
      [
        'climb',
        [
          [
            ['a', 1],
            ['a', 1],
          ],
        ],
        'ladder: expected rungs of different names',
      ],
      ['scoreless', [], "score of 'only': expected a number, got NaN"],
    ];
    for (const [workflow, args, message] of refused) {
      await harness.run(workflow, args, async (handle) => {
        expect(await failureOf(handle.result())).toBe(`BadArgument: ${message}`);
      });
    }
  });
});
