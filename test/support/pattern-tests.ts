/** What the tests of one pattern have in common: one harness for the file, and a run whose history is looked at. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { leftOpen } from './history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from './pattern-harness.ts';

export interface PatternTests extends Omit<PatternHarness, 'stop'> {
  /** What a workflow gives; fails if its run leaves an activity or a timer open. */
  readonly resultOf: (workflow: string, ...args: unknown[]) => Promise<unknown>;
  /** How a workflow fails, as {@link failureOf} says it; fails if its run leaves an activity or a timer open. */
  readonly failureIn: (workflow: string, ...args: unknown[]) => Promise<string>;
  /** Cancels a workflow after its first task; fails unless it ends as cancelled and leaves nothing open. */
  readonly endsCancelled: (workflow: string, ...args: unknown[]) => Promise<void>;
}

/**
 * Starts the harness before the tests of the file that calls this, and stops it after them. `workflows` and
 * `activities` are those of {@link startPatternHarness}. Nothing of it can be used before the tests begin.
 */
export function patternTests(workflows: URL, activities: object): PatternTests {
  let harness: PatternHarness;
  beforeAll(async () => {
    harness = await startPatternHarness(workflows, activities);
  });
  afterAll(() => harness.stop());
  const closing = <T>(workflow: string, args: unknown[], end: (handle: WorkflowHandle) => Promise<T>): Promise<T> =>
    harness.run(workflow, args, async (handle) => {
      const ended = await end(handle);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      return ended;
    });
  return {
    get env() {
      return harness.env;
    },
    get parts() {
      return harness.parts;
    },
    get workbench() {
      return harness.workbench;
    },
    run: (workflow, args, work) => harness.run(workflow, args, work),
    resultOf: (workflow, ...args) => closing(workflow, args, (handle) => handle.result() as Promise<unknown>),
    failureIn: (workflow, ...args) => closing(workflow, args, (handle) => failureOf(handle.result())),
    endsCancelled: (workflow, ...args) =>
      closing(workflow, args, async (handle) => {
        await handle.query('progress');
        await handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
      }),
  };
}
