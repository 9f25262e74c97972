import { describe, expect, it } from '@jest/globals';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./with-fallback.workflows.ts', import.meta.url));
const { resultOf, failureIn, endsCancelled, called } = harness;

describe('withFallback', () => {
  it('gives the default for a branch that fails, while the others go on', async () => {
    expect(await resultOf('defaulted', 'dependency')).toEqual({ credit: 'unknown', address: 'address' });
  });

  it('gives the default only for the categories it is for', async () => {
    expect(await resultOf('onlyFor', 'dependency', ['dependency'])).toBe('unknown');
    expect(await failureIn('onlyFor', 'validation', ['dependency', 'transient'])).toBe('Broken: credit failed');
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
    expect(await failureIn('computed', 'fails', 'fails')).toBe('Broken: default failed');
  });

  it('never takes the cancellation of the run for a failure, whatever the work says then', async () => {
    for (const answer of ['cancelled', 'broken']) {
      await endsCancelled('waiting', answer);
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
