import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from '@jest/globals';
import { categoryOf } from '../../../src/failures.ts';
import { leftOpen } from '../../support/history.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./fallback.workflows.ts', import.meta.url));
const { endsCancelled, called } = harness;

const causeOf = async (result: Promise<unknown>): Promise<ApplicationFailure> => {
  const error = await result.then(
    () => undefined,
    (each: unknown) => each as Error,
  );
  return error?.cause as ApplicationFailure;
};

describe('fallback', () => {
  it('gives the first alternative that succeeds and does not start the ones after it', async () => {
    await harness.run('alternatives', [['dependency', 'validation', null, null]], async (handle) => {
      expect(await handle.result()).toBe('option 3');
      expect(called).toEqual(['option 1', 'option 2', 'option 3']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('starts no second alternative when the first succeeds', async () => {
    await harness.run('alternatives', [[null, null]], async (handle) => {
      expect(await handle.result()).toBe('option 1');
      expect(called).toEqual(['option 1']);
    });
  });

  it('fails with what each alternative said, in order, caused by the last', async () => {
    await harness.run('alternatives', [['dependency', 'resource']], async (handle) => {
      const { type, details, cause } = await causeOf(handle.result());
      expect(type).toBe('AllAlternativesFailed');
      expect(details?.[0]).toEqual({
        category: 'logic',
        causes: [
          { alternative: 1, message: 'option 1 failed' },
          { alternative: 2, message: 'option 2 failed' },
        ],
      });
      expect((cause?.cause as Error).message).toBe('option 2 failed');
    });
  });

  it('has the category that all alternatives share', async () => {
    await harness.run('alternatives', [['dependency', 'dependency']], async (handle) => {
      expect(categoryOf(await causeOf(handle.result()))).toBe('dependency');
    });
  });

  it('ends at once when the run is cancelled, whatever the alternative says then', async () => {
    for (const answer of ['cancelled', 'broken']) {
      await endsCancelled('waiting', answer);
      expect(called).toEqual([]);
    }
  });
});
