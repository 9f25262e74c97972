import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../../src/config.ts';
import { redriveRun } from '../../../src/runs/redrive.ts';
import type { Runs } from '../../../src/runs/session.ts';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { untilIdle } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import type { Work } from './redrive.workflows.ts';

let harness: PatternHarness;
let runs: Runs;
let done: string[] = [];
let failing: string[] = [];
let hanging: string | undefined;
let onHang: () => void = () => undefined;

const steps: Work = {
  async work(step) {
    if (step === hanging) {
      const signal = cancellationSignal();
      onHang();
      await setTimeout(30_000, undefined, { signal }).catch(() => undefined);
      throw signal.reason as Error;
    }
    if (failing.includes(step)) throw ApplicationFailure.nonRetryable(`${step} broke`, 'Broke');
    done.push(step);
    return step;
  },
  async undo(step) {
    done.push(`undo ${step}`);
  },
  async importRange({ from, size }) {
    const bad = failing.includes(`item ${String(from)}`);
    done.push(`from ${String(from)}`);
    return { done: bad ? size - 1 : size, failed: bad ? [{ item: String(from), error: 'bad' }] : [], skipped: 0 };
  },
};

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./redrive.workflows.ts', import.meta.url), steps);
  runs = { client: harness.env.client, settings: loadSettings({}), close: async () => undefined };
});
afterAll(() => harness.stop());
beforeEach(() => {
  done = [];
  failing = [];
  hanging = undefined;
  onHang = () => undefined;
});

/** Redrives a run and hands over the new one; what was done before is forgotten. */
async function again({ workflowId }: WorkflowHandle): Promise<WorkflowHandle & { readonly finished: number }> {
  done = [];
  const { runId, finished } = await redriveRun(runs, workflowId);
  return Object.assign(harness.env.client.workflow.getHandle(workflowId, runId), { finished });
}

describe('a failed run that is redriven', () => {
  it('executes the stage that failed and what follows, and nothing that was finished', async () => {
    failing = ['c after b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/broke/);
      expect(done).toEqual(['a 7', 'inner after a 7', 'b after inner after a 7']);
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('c after b after inner after a 7');
      expect(done).toEqual(['c after b after inner after a 7']);
    });
  });

  it('does not execute a finished stage inside one that failed', async () => {
    failing = ['b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      await failureOf(handle.result());
      failing = [];
      const next = await again(handle);
      await next.result();
      expect(done).toEqual(['b after inner after a 7', 'c after b after inner after a 7']);
      expect(next.finished).toBe(2);
    });
  });

  it('shows in the progress tree what comes from the earlier run', async () => {
    failing = ['c after b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      await failureOf(handle.result());
      failing = [];
      const next = await again(handle);
      await next.result();
      const { children } = await next.query<ProgressNode>('progress');
      expect(children.map(({ name, outcome }) => [name, outcome])).toEqual([
        ['a', 'from an earlier run'],
        ['b', 'from an earlier run'],
        ['c', undefined],
      ]);
    });
  });

  it('can fail and be redriven again and again', async () => {
    failing = ['b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      await failureOf(handle.result());
      const second = await again(handle);
      await failureOf(second.result());
      expect(done).toEqual([]);
      failing = ['c after b after inner after a 7'];
      const third = await again(second);
      await failureOf(third.result());
      expect(done).toEqual(['b after inner after a 7']);
      failing = [];
      const fourth = await again(third);
      expect(await fourth.result()).toBe('c after b after inner after a 7');
      expect(done).toEqual(['c after b after inner after a 7']);
    });
  });

  it('tells stages of one name apart, and executes one whose value JSON would change again', async () => {
    failing = ['last'];
    await harness.run('repeated', [], async (handle) => {
      await failureOf(handle.result());
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toEqual(['first', 'second', '2026-01-31T00:00:00.000Z', 'undefined', 'last']);
      expect(done).toEqual(['last']);
    });
  });

  it('takes the same branch that won before', async () => {
    hanging = 'a';
    failing = ['use b'];
    await harness.run('fastest', [], async (handle) => {
      await failureOf(handle.result());
      hanging = undefined;
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('use b');
      expect(done).toEqual(['use b']);
    });
  });

  it('goes on with the round that failed', async () => {
    failing = ['round 3'];
    await harness.run('drafting', [], async (handle) => {
      await failureOf(handle.result());
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe(10);
      expect(done).toEqual(['round 3', 'round 4']);
    });
  });

  it('does not ask a person again who has decided', async () => {
    failing = ['act on approved'];
    await harness.run('approved', [], async (handle) => {
      await handle.executeUpdate('decide', { args: [{ vote: 'approve', by: 'eve', roles: ['boss'] }] });
      await failureOf(handle.result());
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('act on approved');
    });
  });
});

describe('a saga that was undone and is redriven', () => {
  it('does what was undone again under new keys, and what was not under the same', async () => {
    failing = ['ship'];
    await harness.run('booking', [], async (handle) => {
      await failureOf(handle.result());
      expect(done).toEqual(['check', 'reserve', 'pay', 'undo pay', 'undo reserve']);
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('ship');
      expect(done).toEqual(['reserve~2', 'pay~2', 'ship']);
    });
  });

  it('counts on when it is undone once more', async () => {
    failing = ['ship'];
    await harness.run('booking', [], async (handle) => {
      await failureOf(handle.result());
      const second = await again(handle);
      await failureOf(second.result());
      expect(done).toEqual(['reserve~2', 'pay~2', 'undo pay~2', 'undo reserve~2']);
      failing = [];
      const third = await again(second);
      expect(await third.result()).toBe('ship');
      expect(done).toEqual(['reserve~3', 'pay~3', 'ship']);
    });
  });
});

describe('a terminated saga that is redriven', () => {
  it('goes on after the steps that were done, under the same keys, and can still undo them', async () => {
    hanging = 'pay';
    const reached = new Promise<void>((resolve) => (onHang = resolve));
    await harness.run('booking', [], async (handle) => {
      await reached;
      await handle.terminate();
      await failureOf(handle.result());
      hanging = undefined;
      failing = ['ship'];
      const next = await again(handle);
      await failureOf(next.result());
      expect(done).toEqual(['pay', 'undo pay', 'undo reserve']);
    });
  });
});

describe('a run with tolerated failures that is redriven', () => {
  it('executes the branches that failed, and no other', async () => {
    failing = ['b'];
    await harness.run('settled', [], async (handle) => {
      expect(await handle.result()).toMatchObject({ a: { status: 'fulfilled' }, b: { status: 'rejected' } });
      failing = [];
      const next = await again(handle);
      expect(await next.result()).toEqual({
        a: { status: 'fulfilled', value: 'a' },
        b: { status: 'fulfilled', value: 'b' },
        c: { status: 'fulfilled', value: 'c' },
      });
      expect(done).toEqual(['b']);
    });
  });

  it('does the chunks with failures again, and counts them once', async () => {
    failing = ['item 20', 'item 40'];
    await harness.run('importing', [], async (handle) => {
      expect(await handle.result()).toMatchObject({ done: 48, failed: 2, total: 50, chunks: 5 });
      failing = ['item 40'];
      const next = await again(handle);
      expect(await next.result()).toMatchObject({ done: 49, failed: 1, total: 50, chunks: 5 });
      expect(done).toEqual(['from 20', 'from 40']);
    });
  });
});

describe('a redrive', () => {
  it('is refused while the run is going on', async () => {
    hanging = 'a 7';
    const reached = new Promise<void>((resolve) => (onHang = resolve));
    await harness.run('sequence', ['7'], async (handle) => {
      await reached;
      await expect(redriveRun(runs, handle.workflowId)).rejects.toThrow(
        `'${handle.workflowId}' is still running; there is nothing to redrive.`,
      );
      await handle.cancel();
      await failureOf(handle.result());
    });
  });

  it('is refused when the run ended well', async () => {
    await harness.run('settled', [], async (handle) => {
      await handle.result();
      await expect(redriveRun(runs, handle.workflowId)).rejects.toThrow(
        `'${handle.workflowId}' ended well; there is nothing to redrive.`,
      );
    });
  });

  it('is refused for a run that is not there', async () => {
    await expect(redriveRun(runs, 'nowhere')).rejects.toThrow(/there is no run 'nowhere'/);
  });

  it('of a cancelled run goes on where it was stopped', async () => {
    hanging = 'b after inner after a 7';
    const reached = new Promise<void>((resolve) => (onHang = resolve));
    await harness.run('sequence', ['7'], async (handle) => {
      await reached;
      await handle.cancel();
      await failureOf(handle.result());
      hanging = undefined;
      const next = await again(handle);
      await next.result();
      expect(done).toEqual(['b after inner after a 7', 'c after b after inner after a 7']);
    });
  });
});

describe('a run that continues as new', () => {
  it('does everything anew when the workflow itself does it with other arguments', async () => {
    await harness.run('entity', [1], async (handle) => {
      expect(await handle.result()).toBe('round 2');
      expect(done).toEqual(['round 1', 'round 2']);
    });
  });

  it('ends as cancelled instead: a cancellation would not go along', async () => {
    await harness.run('unawareEntity', [1], async (handle) => {
      await untilIdle(handle);
      await handle.cancel();
      await handle.signal('goOn');
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
    });
  });

  it('fails clearly when what is finished is too large for another run', async () => {
    await harness.run('tooLarge', [], async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/^ResumeTooLarge: .* keep results by reference$/);
    });
  });
});
