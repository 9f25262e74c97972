import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { redriveRun } from '../../../src/runs/redrive.ts';
import type { ProgressNode } from '../../../src/workflows/patterns/run-state.ts';
import { untilIdle } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { redriveTests } from './redrive-work.ts';

const { harness, work, again, runs } = redriveTests();

describe('a failed run that is redriven', () => {
  it('executes the stage that failed and what follows, and nothing that was finished', async () => {
    work.failing = ['c after b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/broke/);
      expect(work.done).toEqual(['a 7', 'inner after a 7', 'b after inner after a 7']);
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('c after b after inner after a 7');
      expect(work.done).toEqual(['c after b after inner after a 7']);
    });
  });

  it('does not execute a finished stage inside one that failed', async () => {
    work.failing = ['b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      await failureOf(handle.result());
      work.failing = [];
      const next = await again(handle);
      await next.result();
      expect(work.done).toEqual(['b after inner after a 7', 'c after b after inner after a 7']);
      expect(next.finished).toBe(2);
    });
  });

  it('shows in the progress tree what comes from the earlier run', async () => {
    work.failing = ['c after b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      await failureOf(handle.result());
      work.failing = [];
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
    work.failing = ['b after inner after a 7'];
    await harness.run('sequence', ['7'], async (handle) => {
      await failureOf(handle.result());
      const second = await again(handle);
      await failureOf(second.result());
      expect(work.done).toEqual([]);
      work.failing = ['c after b after inner after a 7'];
      const third = await again(second);
      await failureOf(third.result());
      expect(work.done).toEqual(['b after inner after a 7']);
      work.failing = [];
      const fourth = await again(third);
      expect(await fourth.result()).toBe('c after b after inner after a 7');
      expect(work.done).toEqual(['c after b after inner after a 7']);
    });
  });

  it('tells stages of one name apart, and executes one whose value JSON would change again', async () => {
    work.failing = ['last'];
    await harness.run('repeated', [], async (handle) => {
      await failureOf(handle.result());
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toEqual(['first', 'second', '2026-01-31T00:00:00.000Z', 'undefined', 'last']);
      expect(work.done).toEqual(['last']);
    });
  });

  it('takes the same branch that won before', async () => {
    work.hanging = 'a';
    work.failing = ['use b'];
    await harness.run('fastest', [], async (handle) => {
      await failureOf(handle.result());
      work.hanging = undefined;
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('use b');
      expect(work.done).toEqual(['use b']);
    });
  });

  it('gives up again what it has given up before, although that got done in the end', async () => {
    work.failing = ['too late'];
    await harness.run('givenUp', [], async (handle) => {
      await failureOf(handle.result());
      expect(work.done).toEqual(['slow']);
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('too late');
    });
  });

  it('goes on with the round that failed', async () => {
    work.failing = ['round 3'];
    await harness.run('drafting', [], async (handle) => {
      await failureOf(handle.result());
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe(10);
      expect(work.done).toEqual(['round 3', 'round 4']);
    });
  });

  it('does not ask a person again who has decided', async () => {
    work.failing = ['act on approved'];
    await harness.run('approved', [], async (handle) => {
      await handle.executeUpdate('decide', { args: [{ vote: 'approve', by: 'eve', roles: ['boss'] }] });
      await failureOf(handle.result());
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('act on approved');
    });
  });
});

describe('a person who is asked', () => {
  const voted = (vote: 'approve' | 'reject'): { args: [unknown] } => ({
    args: [{ vote, by: 'eve', roles: ['boss'], ...(vote === 'reject' ? { reason: 'no' } : {}) }],
  });

  it('is asked again by a redrive when nobody had decided in time', async () => {
    work.failing = ['act on expired'];
    await harness.run('approved', [], async (handle) => {
      await failureOf(handle.result());
      const next = await again(handle);
      await next.executeUpdate('decide', voted('approve'));
      expect(await next.result()).toBe('act on approved');
    });
  });

  it('is asked again also when the run that asked in vain had taken the question over', async () => {
    work.failing = ['act on expired'];
    await harness.run('approved', [], async (handle) => {
      await untilIdle(handle);
      await handle.terminate();
      const second = await again(handle);
      await failureOf(second.result());
      const third = await again(second);
      await third.executeUpdate('decide', voted('approve'));
      expect(await third.result()).toBe('act on approved');
    });
  });

  it('is asked again by a workflow that continues as new by itself', async () => {
    await harness.run('askingEntity', [1], async (handle) => {
      await handle.executeUpdate('decide', voted('approve'));
      const { workflowId } = handle;
      const next = harness.env.client.workflow.getHandle(workflowId);
      while ((await next.describe()).runId === handle.firstExecutionRunId) await setTimeout(20);
      await next.executeUpdate('decide', voted('reject'));
      expect(await handle.result()).toBe('rejected');
    });
  });
});

describe('a run with tolerated failures that is redriven', () => {
  it('executes the branches that failed, and no other', async () => {
    work.failing = ['b'];
    await harness.run('settled', [], async (handle) => {
      expect(await handle.result()).toMatchObject({ a: { status: 'fulfilled' }, b: { status: 'rejected' } });
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toEqual({
        a: { status: 'fulfilled', value: 'a' },
        b: { status: 'fulfilled', value: 'b' },
        c: { status: 'fulfilled', value: 'c' },
      });
      expect(work.done).toEqual(['b']);
    });
  });

  it('does the chunks with failures again, and counts them once', async () => {
    work.failing = ['item 20', 'item 40'];
    await harness.run('importing', [], async (handle) => {
      expect(await handle.result()).toMatchObject({ done: 48, failed: 2, total: 50, chunks: 5 });
      work.failing = ['item 40'];
      const next = await again(handle);
      expect(await next.result()).toMatchObject({ done: 49, failed: 1, total: 50, chunks: 5 });
      expect(work.done).toEqual(['from 20', 'from 40']);
    });
  });
});

describe('a redrive', () => {
  it('is refused while the run is going on', async () => {
    work.hanging = 'a 7';
    const reached = new Promise<void>((resolve) => (work.onHang = resolve));
    await harness.run('sequence', ['7'], async (handle) => {
      await reached;
      await expect(redriveRun(runs(), handle.workflowId)).rejects.toThrow(
        `'${handle.workflowId}' is still running; there is nothing to redrive.`,
      );
      await handle.cancel();
      await failureOf(handle.result());
    });
  });

  it('is refused when the run ended well', async () => {
    await harness.run('settled', [], async (handle) => {
      await handle.result();
      await expect(redriveRun(runs(), handle.workflowId)).rejects.toThrow(
        `'${handle.workflowId}' ended well; there is nothing to redrive.`,
      );
    });
  });

  it('is refused for a run that is not there', async () => {
    await expect(redriveRun(runs(), 'nowhere')).rejects.toThrow(/there is no run 'nowhere'/);
  });

  it('of a cancelled run goes on where it was stopped', async () => {
    work.hanging = 'b after inner after a 7';
    const reached = new Promise<void>((resolve) => (work.onHang = resolve));
    await harness.run('sequence', ['7'], async (handle) => {
      await reached;
      await handle.cancel();
      await failureOf(handle.result());
      work.hanging = undefined;
      const next = await again(handle);
      await next.result();
      expect(work.done).toEqual(['b after inner after a 7', 'c after b after inner after a 7']);
    });
  });
});

describe('a run that continues as new', () => {
  it('does everything anew when the workflow itself does it with other arguments', async () => {
    await harness.run('entity', [1], async (handle) => {
      expect(await handle.result()).toBe('round 2');
      expect(work.done).toEqual(['round 1', 'round 2']);
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
