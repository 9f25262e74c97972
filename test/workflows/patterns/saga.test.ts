import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import type { Ledger } from './saga.workflows.ts';

let harness: PatternHarness;
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
};

beforeAll(async () => {
  harness = await startPatternHarness(new URL('./saga.workflows.ts', import.meta.url), steps);
});
afterAll(() => harness.stop());
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

  it('goes on undoing when one undo fails, and names what is left standing', async () => {
    await harness.run('booking', ['refuse', true], async (handle) => {
      expect(await failureOf(handle.result())).toBe('CompensationFailed: could not undo: b');
      expect(log).toEqual(['+a', '+b', '-a booked a']);
    });
  });

  it('undoes nothing after the pivot', async () => {
    await harness.run('pivoted', [], async (handle) => {
      expect(await failureOf(handle.result())).toBe('Broke: b broke');
      expect(log).toEqual(['+a', '+b']);
    });
  });

  it('undoes its steps when it loses a race, and does not wait for itself', async () => {
    await harness.run('losing', [], async (handle) => {
      expect(await handle.result()).toEqual({ branch: 'winner', value: 'booked winner' });
      expect(log.filter((each) => each.includes('a'))).toEqual(['+a', '-a unknown']);
    });
  });
});
