import { describe, expect, it } from '@jest/globals';
import type { Resumable } from '../../../src/workflows/patterns/resume.ts';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { branchTests } from './branch-steps.ts';

const harness = branchTests(new URL('./run-state.workflows.ts', import.meta.url));
const { resultOf, booked } = harness;

/** What a closed run says about itself. */
const askedAfter = <T>(query: string, workflow: string, ...args: unknown[]): Promise<T> =>
  harness.run(workflow, args, async (handle) => {
    await handle.result().catch(() => failureOf(handle.result()));
    return handle.query<T>(query);
  });

describe('the progress tree', () => {
  it('cuts what a failure says after 200 characters', async () => {
    const { children } = await askedAfter<ProgressNode>('progress', 'throwing', 'x'.repeat(300));
    expect(children[0]?.outcome).toBe('x'.repeat(200));
  });

  it('takes a throw instead of a promise for a failure like any other', async () => {
    expect(await resultOf('throwing', 'broken')).toBe('broken');
    expect(await askedAfter('progress', 'throwing', 'broken')).toMatchObject({
      state: 'done',
      children: [{ name: 'thrown', state: 'failed', outcome: 'broken' }],
    });
  });

  it('tells what was cancelled from what failed and what was given up', async () => {
    await harness.run('waiting', [], async (handle) => {
      await harness.env.sleep('10 minutes');
      await handle.cancel();
      await failureOf(handle.result());
      expect(await handle.query<ProgressNode>('progress')).toMatchObject({
        state: 'cancelled',
        children: [
          { kind: 'timeout', state: 'timedOut' },
          { kind: 'stage', state: 'cancelled' },
        ],
      });
    });
  });

  it("shows 60 lines in Temporal's Web UI, and all when it is asked", async () => {
    const names = Array.from({ length: 70 }, (_, i) => `stage ${i}`);
    const { currentDetails } = await askedAfter<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
      'named',
      names,
    );
    expect(currentDetails.split('\n')).toEqual(names.slice(0, 60).map((name) => `- ✓ ${name}`));
    expect((await askedAfter<ProgressNode>('progress', 'named', names)).children).toHaveLength(70);
  });
});

describe('what a run remembers', () => {
  const finishedAfter = async (workflow: string, ...args: unknown[]): Promise<unknown> =>
    (await askedAfter<Resumable>('resume', workflow, ...args)).token.finished;

  it('is told apart by name and turn, whatever the names are', async () => {
    expect(await finishedAfter('named', ['a', 'a', 'a#2', 'a/b', 'a~1b', 'b'])).toEqual({
      '/a': { value: 0 },
      '/a#2': { value: 1 },
      '/a~22': { value: 2 },
      '/a~1b': { value: 3 },
      '/a~01b': { value: 4 },
      '/b': { value: 5 },
    });
  });

  it('is a finished stage as a whole, and of one that failed what is finished in it', async () => {
    expect(await finishedAfter('inside')).toEqual({ '/whole': { value: 2 }, '/broken/part': { value: 3 } });
  });
});

describe('a run that closes', () => {
  it('waits for its losers, and for those that they leave behind', async () => {
    expect(await resultOf('losers')).toBe('done');
    expect(booked).toEqual(['late']);
  });
});
