import { describe, expect, it } from '@jest/globals';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';

const harness = patternTests(new URL('./route.workflows.ts', import.meta.url), {});
const { resultOf, failureIn } = harness;

describe('route', () => {
  it('takes the case that the key names', async () => {
    expect(await resultOf('routed', 'right', false)).toBe('went right');
  });

  it('does what is said otherwise for an unknown key', async () => {
    expect(await resultOf('routed', 'up', true)).toBe('lost at up');
  });

  it('takes keys that every object has for unknown', async () => {
    for (const key of ['up', 'constructor', '__proto__', 'toString']) {
      expect(await failureIn('routed', key, false)).toBe(
        `NoMatchingRoute: no route for '${key}'; there are: left, right`,
      );
    }
  });

  it('records that there was no path', async () => {
    await harness.run('routed', ['up', false], async (handle) => {
      await failureOf(handle.result());
      expect(await handle.query<ProgressNode>('progress')).toMatchObject({ outcome: 'route none', children: [] });
    });
  });

  it('records the path it took', async () => {
    await harness.run('routed', ['left', false], async (handle) => {
      await handle.result();
      expect(await handle.query<ProgressNode>('progress')).toMatchObject({
        outcome: 'route left',
        children: [{ kind: 'route', name: 'left' }],
      });
    });
  });
});

describe('byConfidence', () => {
  it('counts a score exactly at a threshold as reached', async () => {
    const thresholds = { auto: 0.9, review: 0.7 };
    const expected = { 0.9: 'auto', 0.89: 'review', 0.7: 'review', 0.69: 'manual', 0: 'manual', 1: 'auto' };
    for (const [score, way] of Object.entries(expected)) {
      expect(await resultOf('sorted', Number(score), thresholds)).toBe(way);
    }
  });

  it('refuses a score that is no number from 0 to 1, and thresholds in the wrong order', async () => {
    for (const score of [null, -0.1, 1.1]) {
      expect(await failureIn('sorted', score, { auto: 0.9, review: 0.7 })).toMatch(
        /^BadArgument: confidence: expected/,
      );
    }
    expect(await failureIn('sorted', 0.5, { auto: 0.5, review: 0.7 })).toMatch(/^BadArgument: thresholds: expected/);
  });
});
