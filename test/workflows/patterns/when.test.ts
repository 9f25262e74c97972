import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';

let harness: PatternHarness;

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./when.workflows.ts', import.meta.url), {});
});
afterAll(() => harness.stop());

const resultOf = (...args: unknown[]): Promise<unknown> =>
  harness.run('amount', args, (handle) => handle.result() as Promise<unknown>);

describe('when', () => {
  it('takes the first row that applies and asks no row below it', async () => {
    expect(await resultOf(5, false)).toEqual({ path: 'small 5', asked: ['small'] });
    expect(await resultOf(500, true)).toEqual({ path: 'medium 500', asked: ['small', 'medium'] });
  });

  it('does what is said otherwise when no row applies', async () => {
    expect(await resultOf(5_000, true)).toMatchObject({ path: 'large 5000' });
  });

  it('fails with NoMatchingRoute when no row applies and nothing else is said', async () => {
    await harness.run('amount', [5_000, false], async (handle) => {
      expect(await failureOf(handle.result())).toBe(
        'NoMatchingRoute: no row applies; there are: small, medium, medium too',
      );
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
    await harness.run('waiting', [], async (handle) => {
      await handle.query('progress');
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
