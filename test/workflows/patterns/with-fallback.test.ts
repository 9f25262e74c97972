import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import { branchSteps } from './branch-steps.ts';

const { steps, called } = branchSteps();
let harness: PatternHarness;

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./with-fallback.workflows.ts', import.meta.url), steps);
});
afterAll(() => harness.stop());
beforeEach(() => {
  called.length = 0;
});

const resultOf = (workflow: string, ...args: unknown[]): Promise<unknown> =>
  harness.run(workflow, args, async (handle) => {
    const result: unknown = await handle.result();
    expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    return result;
  });

describe('withFallback', () => {
  it('gives the default for a branch that fails, while the others go on', async () => {
    expect(await resultOf('defaulted', 'dependency')).toEqual({ credit: 'unknown', address: 'address' });
  });

  it('gives the default only for the categories it is for', async () => {
    expect(await resultOf('onlyFor', 'dependency', ['dependency'])).toBe('unknown');
    await harness.run('onlyFor', ['validation', ['dependency', 'transient']], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broken: credit failed');
    });
  });

  it('marks itself as defaulted, with the reason', async () => {
    await harness.run('defaulted', ['dependency'], async (handle) => {
      await handle.result();
      const tree = await handle.query<ProgressNode>('progress');
      const credit = tree.children[0]?.children.find((each) => each.name === 'credit');
      expect(credit?.children).toMatchObject([{ state: 'defaulted', outcome: 'default: credit failed' }]);
    });
  });

  it('works a default out only when it is needed', async () => {
    expect(await resultOf('computed', 'works', 'works')).toBe('first');
    expect(called).toEqual(['first']);
    expect(await resultOf('computed', 'fails', 'works')).toBe('default');
  });

  it('fails with the error of the default when that fails too', async () => {
    await harness.run('computed', ['fails', 'fails'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broken: default failed');
    });
  });

  it('never takes the cancellation of the run for a failure, whatever the work says then', async () => {
    for (const answer of ['cancelled', 'broken']) {
      await harness.run('waiting', [answer], async (handle) => {
        await handle.query('progress');
        await handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      });
    }
  });

  it('still gives its default in a scope that the cancellation does not reach', async () => {
    await harness.run('shielded', [], async (handle) => {
      await handle.query('progress');
      await handle.cancel();
      expect(await handle.result()).toBe('left as it is');
    });
  });
});
