import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tryLock, withLock } from '../../src/embedded/lock.ts';
import { identify } from '../../src/embedded/process-identity.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fermata-lock-'));
  path = join(folder, 'a.lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a lock between processes', () => {
  it('tells a second taker who holds it, and is free again once released', () => {
    const first = tryLock(path);
    expect(first).toMatchObject({ status: 'held' });
    expect(tryLock(path)).toMatchObject({ status: 'busy', holder: { pid: process.pid } });
    if (first.status === 'held') first.lock.release();
    expect(existsSync(path)).toBe(false);
    expect(tryLock(path)).toMatchObject({ status: 'held' });
  });

  it('is respected while another process holds it, and taken over once that was killed', async () => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(other, 'spawn');
    writeFileSync(path, JSON.stringify({ ...identify(other.pid ?? 0), token: 'theirs' }));
    expect(tryLock(path)).toMatchObject({ status: 'busy', holder: { pid: other.pid } });
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(tryLock(path)).toMatchObject({ status: 'held' });
  });

  it('is taken over when its process id now belongs to a later process', () => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'another time', token: 'theirs' }));
    expect(tryLock(path)).toMatchObject({ status: 'held' });
  });

  it('is taken over when a crash left only half of it', () => {
    writeFileSync(path, '{"pid":');
    expect(tryLock(path)).toMatchObject({ status: 'held' });
  });

  it('is not given up by a holder that lost it to another', () => {
    const first = tryLock(path);
    rmSync(path);
    tryLock(path);
    if (first.status === 'held') first.lock.release();
    expect(existsSync(path)).toBe(true);
  });

  it('lets those who wait through one at a time', async () => {
    let inside = 0;
    let most = 0;
    const waited: number[] = [];
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await pause(50);
      inside -= 1;
    };
    const onWait = (holder: { pid: number }): void => {
      waited.push(holder.pid);
    };
    await Promise.all([withLock(path, work, { onWait }), withLock(path, work, { onWait })]);
    expect(most).toBe(1);
    expect(waited).toEqual([process.pid]);
  });
});
