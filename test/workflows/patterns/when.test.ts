import { describe, expect, it } from '@jest/globals';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';

const harness = patternTests(new URL('./when.workflows.ts', import.meta.url), {});
const { endsCancelled } = harness;

const amount = (...args: unknown[]): Promise<unknown> => harness.resultOf('amount', ...args);

describe('when', () => {
  it('takes the first row that applies and asks no row below it', async () => {
    expect(await amount(5, false)).toEqual({ path: 'small 5', asked: ['small'] });
    expect(await amount(500, true)).toEqual({ path: 'medium 500', asked: ['small', 'medium'] });
  });

  it('does what is said otherwise when no row applies', async () => {
    expect(await amount(5_000, true)).toMatchObject({ path: 'large 5000' });
  });

  it('fails with NoMatchingRoute when no row applies and nothing else is said', async () => {
    await harness.run('amount', [5_000, false], async (handle) => {
      expect(await failureOf(handle.result())).toBe(
        'NoMatchingRoute: no row applies; there are: small, medium, medium too',
      );
      expect(await handle.query<ProgressNode>('progress')).toMatchObject({ outcome: 'route none' });
    });
  });

  it('records the path it took', async () => {
    await harness.run('amount', [500, true], async (handle) => {
      await handle.result();
      const tree = await handle.query<ProgressNode>('progress');
      expect(tree).toMatchObject({
        outcome: 'route medium',
        children: [{ kind: 'route', name: 'medium', state: 'done' }],
      });
    });
  });

  it('ends as cancelled when the run is cancelled', async () => {
    await endsCancelled('waiting');
  });
});
