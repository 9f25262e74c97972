import { describe, expect, it } from '@jest/globals';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./ladder.workflows.ts', import.meta.url));
const { failureIn, endsCancelled, called } = harness;

const climb = (...args: unknown[]): Promise<unknown> => harness.resultOf('climb', ...args);

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
      await endsCancelled('waiting', answer);
      expect(called).toEqual([]);
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
      expect(await failureIn(workflow, ...args)).toBe(`BadArgument: ${message}`);
    }
  });
});
