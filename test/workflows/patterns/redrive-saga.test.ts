import { describe, expect, it } from '@jest/globals';
import { failureOf } from '../../support/pattern-harness.ts';
import { redriveTests } from './redrive-work.ts';

const { harness, work, again } = redriveTests();

describe('a saga that was undone and is redriven', () => {
  it('does what was undone again under new keys, and what was not under the same', async () => {
    work.failing = ['ship'];
    await harness.run('booking', [], async (handle) => {
      await failureOf(handle.result());
      expect(work.done).toEqual(['check', 'reserve', 'pay', 'undo pay', 'undo reserve']);
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('ship');
      expect(work.done).toEqual(['reserve~2', 'pay~2', 'ship']);
    });
  });

  it('counts on when it is undone once more', async () => {
    work.failing = ['ship'];
    await harness.run('booking', [], async (handle) => {
      await failureOf(handle.result());
      const second = await again(handle);
      await failureOf(second.result());
      expect(work.done).toEqual(['reserve~2', 'pay~2', 'undo pay~2', 'undo reserve~2']);
      work.failing = [];
      const third = await again(second);
      expect(await third.result()).toBe('ship');
      expect(work.done).toEqual(['reserve~3', 'pay~3', 'ship']);
    });
  });
});

describe('a saga that failed after its pivot and is redriven', () => {
  it('does not do again what was done, because nothing was undone', async () => {
    work.failing = ['ship'];
    await harness.run('pivoted', [], async (handle) => {
      await failureOf(handle.result());
      work.failing = [];
      const next = await again(handle);
      expect(await next.result()).toBe('ship');
      expect(work.done).toEqual(['ship']);
    });
  });
});

describe('a terminated saga that is redriven', () => {
  it('goes on after the steps that were done, under the same keys, and can still undo them', async () => {
    work.hanging = 'pay';
    const reached = new Promise<void>((resolve) => (work.onHang = resolve));
    await harness.run('booking', [], async (handle) => {
      await reached;
      await handle.terminate();
      await failureOf(handle.result());
      work.hanging = undefined;
      work.failing = ['ship'];
      const next = await again(handle);
      await failureOf(next.result());
      expect(work.done).toEqual(['pay', 'undo pay', 'undo reserve']);
    });
  });
});

describe('a terminated saga with a step inside a finished stage that is redriven', () => {
  it('takes the step again under the same key, and can still undo it', async () => {
    work.hanging = 'pay';
    const reached = new Promise<void>((resolve) => (work.onHang = resolve));
    await harness.run('stagedBooking', [], async (handle) => {
      await reached;
      await handle.terminate();
      await failureOf(handle.result());
      work.hanging = undefined;
      work.failing = ['pay'];
      const next = await again(handle);
      await failureOf(next.result());
      expect(work.done).toEqual(['reserve', 'undo reserve']);
    });
  });
});
