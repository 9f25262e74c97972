/** Work for the tests of redriven runs: a record of what was done, and a say in what fails or hangs. */
import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { beforeEach } from '@jest/globals';
import { loadSettings } from '../../../src/config.ts';
import { redriveRun } from '../../../src/runs/redrive.ts';
import type { Runs } from '../../../src/runs/session.ts';
import { patternTests, type PatternTests } from '../../support/pattern-tests.ts';
import type { Work } from './redrive.workflows.ts';

/** What a test decides, and what came of it; forgotten before each test. */
interface Controls {
  done: string[];
  /** Steps that fail. */
  failing: string[];
  /** The step that goes on until it is cancelled; `onHang` is called when it has begun. */
  hanging: string | undefined;
  onHang: () => void;
}

const afresh = (): Controls => ({ done: [], failing: [], hanging: undefined, onHang: () => undefined });

const activities = (work: Controls): Work => ({
  async work(step) {
    if (step === work.hanging) {
      const signal = cancellationSignal();
      work.onHang();
      await setTimeout(30_000, undefined, { signal }).catch(() => undefined);
      throw signal.reason as Error;
    }
    if (work.failing.includes(step)) throw ApplicationFailure.nonRetryable(`${step} broke`, 'Broke');
    work.done.push(step);
    return step;
  },
  async undo(step) {
    work.done.push(`undo ${step}`);
  },
  async importRange({ from, size }) {
    const bad = work.failing.includes(`item ${String(from)}`);
    work.done.push(`from ${String(from)}`);
    return { done: bad ? size - 1 : size, failed: bad ? [{ item: String(from), error: 'bad' }] : [], skipped: 0 };
  },
});

interface RedriveTests {
  readonly harness: PatternTests;
  readonly work: Controls;
  readonly runs: () => Runs;
  /** Redrives a run and hands over the new one; what was done before is forgotten. */
  readonly again: (handle: WorkflowHandle) => Promise<WorkflowHandle & { readonly finished: number }>;
}

/** {@link patternTests} for the workflows of `redrive.workflows.ts`. */
export function redriveTests(): RedriveTests {
  const work = afresh();
  const harness = patternTests(new URL('./redrive.workflows.ts', import.meta.url), activities(work));
  const runs = (): Runs => ({
    client: harness.env.client,
    settings: loadSettings({}),
    close: async () => undefined,
  });
  beforeEach(() => {
    Object.assign(work, afresh());
  });
  return {
    harness,
    work,
    runs,
    async again({ workflowId }) {
      work.done = [];
      const { runId, finished } = await redriveRun(runs(), workflowId);
      return Object.assign(harness.env.client.workflow.getHandle(workflowId, runId), { finished });
    },
  };
}
