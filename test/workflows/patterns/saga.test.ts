import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { leftOpen, untilIdle } from '../../support/history.ts';
import { failureOf } from '../../support/pattern-harness.ts';
import { patternTests } from '../../support/pattern-tests.ts';
import type { Ledger } from './saga.workflows.ts';

let log: string[] = [];
let onSlow: () => void = () => undefined;

const steps: Ledger = {
  async book(key) {
    log.push(`+${key}`);
    return `booked ${key}`;
  },
  async unbook(key, done) {
    log.push(`-${key} ${done ?? 'unknown'}`);
  },
  async refuse() {
    throw ApplicationFailure.create({
      message: 'refused',
      type: 'Refused',
      nonRetryable: true,
      details: [{ category: 'validation' }],
    });
  },
  async bookAndFail(key) {
    await setTimeout(50);
    log.push(`+${key}`);
    throw ApplicationFailure.create({ message: `${key} broke`, type: 'Broke', details: [{ category: 'transient' }] });
  },
  /** Notices the cancellation, but its effect is done by then. */
  async slow(key) {
    const signal = cancellationSignal();
    log.push(`+${key}`);
    onSlow();
    await setTimeout(20_000, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? (signal.reason as Error) : error;
    });
    return `booked ${key}`;
  },
  async cannotUnbook(key) {
    throw new Error(`cannot undo ${key}`);
  },
  async bookAtLast(key) {
    if (log.filter((each) => each === `?${key}`).length < 2) {
      log.push(`?${key}`);
      throw ApplicationFailure.create({ message: 'not yet', type: 'Down', details: [{ category: 'dependency' }] });
    }
    log.push(`+${key}`);
    return `booked ${key}`;
  },
  async down(key) {
    log.push(`?${key}`);
    throw ApplicationFailure.create({ message: 'down', type: 'Down', details: [{ category: 'dependency' }] });
  },
  async tell(standing) {
    log.push(`!${standing.join(',')}`);
  },
};

const harness = patternTests(new URL('./saga.workflows.ts', import.meta.url), steps);
const { resultOf, failureIn } = harness;
beforeEach(() => {
  log = [];
  onSlow = () => undefined;
});

describe('saga', () => {
  it('undoes nothing when every step succeeded', async () => {
    await harness.run('booking', ['book'], async (handle) => {
      expect(await handle.result()).toBe('booked c');
      expect(log).toEqual(['+a', '+b', '+c']);
    });
  });

  it('undoes completed steps in reverse order, and not one that was refused', async () => {
    await harness.run('booking', ['refuse'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Refused: refused');
      expect(log).toEqual(['+a', '+b', '-b booked b', '-a booked a']);
    });
  });

  it('undoes a step whose outcome is unknown, without a result', async () => {
    await harness.run('booking', ['bookAndFail'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broke: c broke');
      expect(log).toEqual(['+a', '+b', '+c', '-c unknown', '-b booked b', '-a booked a']);
    });
  });

  it('waits for a cancelled step, undoes it, and ends as cancelled, even when cancelled twice', async () => {
    await harness.run('booking', ['slow'], async (handle) => {
      const reached = new Promise<void>((resolve) => (onSlow = resolve));
      await reached;
      await handle.cancel();
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(log).toEqual(['+a', '+b', '+c', '-c unknown', '-b booked b', '-a booked a']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('waits for a parallel step that is still going before it undoes anything', async () => {
    await harness.run('inParallel', [], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broke: b broke');
      expect(log.slice(0, 2).sort()).toEqual(['+a', '+b']);
      expect(log.slice(2)).toEqual(['-b unknown', '-a unknown']);
    });
  });

  it('waits for a loser that is no step, too, before it undoes anything', async () => {
    expect(await resultOf('loserInside')).toBe(true);
  });

  it('goes on undoing when one undo fails, and names what is left standing', async () => {
    await harness.run('booking', ['refuse', true], async (handle) => {
      expect(await failureOf(handle.result())).toBe('CompensationFailed: could not undo: b');
      expect(log).toEqual(['+a', '+b', '-a booked a']);
    });
  });

  it('undoes nothing after the pivot, and fails at once with what trying again cannot mend', async () => {
    await harness.run('pivoted', ['refuse'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Refused: refused');
      expect(log).toEqual(['+a']);
    });
  });

  it.each([
    [false, /^CancelledFailure/, ['+a', '-a booked a']],
    [true, /^booked b$/, ['+a', '+b']],
  ])('passes no pivot once the run is cancelled, unless that is shielded: %p', async (shielded, end, expected) => {
    await harness.run('unawareAtPivot', [shielded], async (handle) => {
      await untilIdle(handle);
      await handle.cancel();
      expect(await handle.result().catch(() => failureOf(handle.result()))).toMatch(end);
      expect(log).toEqual(expected);
    });
  });

  it('tries a step after the pivot again until it succeeds', async () => {
    await harness.run('pivoted', ['bookAtLast'], async (handle) => {
      expect(await handle.result()).toBe('booked b');
      expect(log).toEqual(['+a', '?b', '?b', '+b']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('gives up a step after the pivot after 100 attempts and some 8 hours, if nothing is said', async () => {
    expect(await resultOf('givingUp')).toBe(7.6);
    expect(log).toHaveLength(100);
  });

  it('tries a step after the pivot again as often as it is told', async () => {
    expect(await resultOf('givingUp', { maxAttempts: 2, backoff: { initial: '6 minutes' } })).toBe(0.1);
    expect(log).toEqual(['?b', '?b']);
  });

  it('lets no step begin once it is being undone', async () => {
    expect(await resultOf('stepTooLate')).toBe('CancelledFailure');
    expect(log).toEqual(['+a', '-a booked a']);
  });

  it('undoes at the same time where that is declared', async () => {
    await harness.run('undoneTogether', [], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Refused: refused');
      expect(log.slice(2).sort()).toEqual(['-a booked a', '-b booked b']);
    });
  });

  it('tells somebody once which steps are left standing', async () => {
    await harness.run('alerted', [false], async (handle) => {
      expect(await failureOf(handle.result())).toBe('CompensationFailed: could not undo: b, a');
      expect(log).toEqual(['+a', '+b', '!b,a']);
    });
  });

  it('tells nobody when everything was undone', async () => {
    expect(await failureIn('alerted', false, true)).toBe('Refused: refused');
    expect(log).toEqual(['+a', '+b', '-b booked b', '-a booked a']);
  });

  it('fails just the same when nobody can be told', async () => {
    expect(await failureIn('alerted', true)).toBe('CompensationFailed: could not undo: b, a');
  });

  it('undoes before it returns a refusal', async () => {
    await harness.run('refusing', ['return'], async (handle) => {
      expect(await handle.result()).toBe('refused');
      expect(log).toEqual(['+a', '-a booked a']);
    });
  });

  it.each([
    ['a step after compensate()', 'step', 'SagaCompensated', ['+a', '-a booked a']],
    ['compensate() after the pivot', 'pivot first', 'PivotPassed', ['+a']],
  ])('fails on %s', async (_, then, type, left) => {
    await harness.run('refusing', [then], async (handle) => {
      expect(await failureOf(handle.result())).toContain(type);
      expect(log).toEqual(left);
    });
  });

  it('undoes a saga that succeeded inside it, in its turn', async () => {
    await harness.run('nested', ['book'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Refused: refused');
      expect(log.slice(4)).toEqual(['-d booked d', '-c booked c', '-b booked b', '-a booked a']);
    });
  });

  it('does not undo again what a saga inside it has undone', async () => {
    await harness.run('nested', ['refuse'], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Refused: refused');
      expect(log).toEqual(['+a', '+b', '-b booked b', '-a booked a']);
    });
  });

  it('undoes a step whose activity was never sent, because nobody can know', async () => {
    await harness.run('neverSent', [], async (handle) => {
      await new Promise<void>((resolve) => (onSlow = resolve));
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(log).toEqual(['+a', '-b unknown', '-a unknown']);
    });
  });

  it('runs steps that begin anew after they were undone under new keys', async () => {
    await harness.run('again', [], async (handle) => {
      expect(await handle.result()).toBe('booked');
      expect(log).toEqual(['+a', '+b', '-a booked a', '+a~2', '+b', '-a~2 booked a~2', '+a~3']);
    });
  });

  it.each([
    ['book', ['+a', '+a', '-a booked a']],
    ['refuse', ['+a', '-a unknown']],
  ])('takes a step that is tried again for one: then %s', async (last, left) => {
    await harness.run('stepAgain', [last], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Refused: refused');
      expect(log).toEqual(left);
    });
  });

  it('refuses a second step of the same name, which would share its key', async () => {
    await harness.run('sameName', [], async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/^BadArgument: saga: there is a step 'a' already/);
      expect(log).toEqual(['+a', '-a booked a']);
    });
  });

  it('does not stop the run when a step fails before somebody awaits it', async () => {
    expect(await failureIn('awaitedLate')).toBe('Refused: refused');
  });

  it('undoes its steps when it loses a race, and does not wait for itself', async () => {
    await harness.run('losingSaga', [], async (handle) => {
      expect(await handle.result()).toEqual({ branch: 'winner', value: 'booked winner' });
      expect(log.filter((each) => each.includes('a'))).toEqual(['+a', '-a unknown']);
    });
  });
});
