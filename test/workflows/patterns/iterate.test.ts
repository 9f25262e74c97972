import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';
import type { Drafts } from './iterate.workflows.ts';

let improved = 0;
let notes: string[] = [];
let scores: readonly number[] = [];
let onStuck: () => void = () => undefined;
let slow: Promise<void> = Promise.resolve();

const drafts: Drafts = {
  async improve(draft) {
    improved += 1;
    return draft + 1;
  },
  async stuck() {
    const signal = cancellationSignal();
    onStuck();
    await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
    throw signal.reason as Error;
  },
  async attempt(round) {
    await slow;
    const score = scores[round - 1] ?? 0;
    if (Number.isNaN(score)) throw new Error(`round ${String(round)} broke`);
    return score;
  },
  async note(text) {
    notes.push(text);
  },
};

const harness = patternTests(new URL('./iterate.workflows.ts', import.meta.url), drafts);
const { resultOf, failureIn } = harness;
beforeEach(() => {
  improved = 0;
  notes = [];
  scores = [];
  onStuck = () => undefined;
  slow = Promise.resolve();
});

describe('iterate', () => {
  it('ends as done when the state is good enough, and makes no round when it is from the start', async () => {
    await harness.run('upTo', [3, 10], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'done', state: 3, best: 3, iterations: 3 });
    });
    await harness.run('upTo', [0, 10], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'done', state: 0, best: 0, iterations: 0 });
    });
    expect(improved).toBe(3);
  });

  it('ends as exhausted after maxIterations, with the last state', async () => {
    await harness.run('upTo', [10, 4], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'exhausted', state: 4, best: 4, iterations: 4 });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('gives the best scored state, not the last', async () => {
    scores = [1, 5, 3, 4, 2, 1];
    await harness.run('bestOf', [9], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'exhausted', state: 1, best: 5, iterations: 6 });
    });
  });

  it('ends as stalled after patience rounds without gain; an equal score is none', async () => {
    scores = [1, 5, 5, 4, 9, 9];
    await harness.run('bestOf', [2], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'stalled', state: 4, best: 5, iterations: 4 });
    });
  });

  it('fails for a score that is not a number', async () => {
    scores = [1];
    expect(await failureIn('badlyScored')).toBe('BadArgument: score: expected a finite number, got NaN');
  });

  it('fails with the failure of a round', async () => {
    scores = [1, NaN];
    expect(await failureIn('bestOf', 9)).toMatch(/round 2 broke/);
  });

  it('ends as expired at the deadline, which counts from its start, and takes its timers back', async () => {
    await harness.run('slowly', [], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'expired', state: 2, best: 2, iterations: 2 });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('cancels the round that is still going at the deadline, and waits for it before the run closes', async () => {
    await harness.run('byDeadline', ['2 seconds'], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'expired', state: 2, best: 2, iterations: 2 });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('ends as cancelled when the run is cancelled during a round', async () => {
    await harness.run('byDeadline', ['1 hour'], async (handle) => {
      await new Promise<void>((resolve) => (onStuck = resolve));
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('refuses a bound that is none', async () => {
    await harness.run('unbounded', [0], async (handle) => {
      expect(await failureOf(handle.result())).toBe(
        'BadArgument: maxIterations: expected a whole number of at least 1, got 0',
      );
    });
  });
});

describe('a long iterate', () => {
  it('continues as new with state, best, count and deadline, and makes every round once', async () => {
    await harness.run('long', [50], async (handle) => {
      const result = { status: 'done', state: 50, best: 20, iterations: 50 };
      expect(await handle.result()).toEqual({ result, continued: true });
      expect(improved).toBe(50);
    });
  });

  it('does not execute again what a finished stage before it did', async () => {
    await harness.run('long', [50], async (handle) => {
      await handle.result();
      expect(notes).toEqual(['before']);
    });
  });

  it('goes on in the middle of an outer round', async () => {
    await harness.run('nested', [], async (handle) => {
      expect(await handle.result()).toBe('12,12,12,');
      expect(notes).toEqual(['round 1', 'round 2', 'round 3']);
      expect(improved).toBe(36);
    });
  });

  it('does not continue as new when an activity outside any stage would run again', async () => {
    await harness.run('afterLooseActivity', [], async (handle) => {
      const result = { status: 'done', state: 30, best: 30, iterations: 30 };
      expect(await handle.result()).toEqual({ result, continued: false });
      expect(notes).toEqual(['loose']);
    });
  });

  it('does not continue as new inside a saga', async () => {
    await harness.run('inSaga', [], async (handle) => {
      expect(await handle.result()).toBe(false);
      expect(improved).toBe(30);
    });
  });

  it.each([
    ['a timer outside any stage would run again', 'afterLooseTimer'],
    ['its state would not survive', 'withDate'],
  ])('does not continue as new when %s', async (_, workflow) => {
    expect(await resultOf(workflow)).toBe(false);
    expect(improved).toBe(30);
  });

  it('does not continue as new while a message is being handled', async () => {
    await harness.run('besideMessage', [], async (handle) => {
      await handle.signal('hold');
      expect(await handle.result()).toBe(false);
      expect(improved).toBe(30);
    });
  });

  it.each([
    ['an activity of another branch', 'besideActivity'],
    ['the loser of a join', 'besideLoser'],
    ['the chunk of a batch', 'besideBatch'],
  ])('does not continue as new while %s is under way', async (_, workflow) => {
    let finish: () => void = () => undefined;
    slow = new Promise((resolve) => (finish = resolve));
    await harness.run(workflow, [], async (handle) => {
      const waited = handle.result();
      while (improved < 30) await setTimeout(20);
      finish();
      expect(await waited).toBe(false);
      expect(improved).toBe(30);
    });
  });

  it('is not taken for a failure by a process that catches everything', async () => {
    await harness.run('catchingAll', [], async (handle) => {
      expect(await handle.result()).toBe('30');
      expect(improved).toBe(30);
    });
  });
});
