/**
 * A lock between processes: a file that names its holder by process id and start time. A holder that was killed leaves
 * the file, but not the lock: whoever comes next sees that it is gone and takes over.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { identify, identitySchema, isAlive, type Identity } from './process-identity.ts';

const holderSchema = identitySchema.extend({
  token: z.string(),
  /** The processes that launched the holder, such as npm; when one is gone, the holder stops by itself. */
  launchers: z.array(identitySchema).default([]),
});
/** Who holds a lock. */
export type Holder = z.infer<typeof holderSchema>;

/** A lock that is held. */
interface Lock {
  /** Gives it up; harmless the second time. */
  release(): void;
}

export type LockAttempt =
  { readonly status: 'held'; readonly lock: Lock } | { readonly status: 'busy'; readonly holder: Holder };

/** Takes the lock if nobody alive holds it. */
export function tryLock(path: string, launchers: readonly Identity[] = []): LockAttempt {
  mkdirSync(dirname(path), { recursive: true });
  const own: Holder = { ...self(), token: randomUUID(), launchers: [...launchers] };
  const draft = `${path}.${own.token}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    for (;;) {
      // A link, unlike a plain write, appears whole or not at all, and never over another's.
      if (link(draft, path)) return { status: 'held', lock: { release: () => removeIfOwned(path, own) } };
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) return { status: 'busy', holder };
      removeStale(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

export interface WithLockOptions {
  /** Called once, when another process holds the lock and we begin to wait. */
  readonly onWait?: (holder: Holder) => void;
}

/** Runs `work` while holding the lock; waits for as long as another process holds it. */
export async function withLock<T>(path: string, work: () => Promise<T>, options: WithLockOptions = {}): Promise<T> {
  let attempt = tryLock(path);
  if (attempt.status === 'busy') options.onWait?.(attempt.holder);
  while (attempt.status === 'busy') {
    await pause(300);
    attempt = tryLock(path);
  }
  try {
    return await work();
  } finally {
    attempt.lock.release();
  }
}

function self(): Identity {
  const identity = identify(process.pid);
  if (identity === undefined) throw new Error('cannot read the start time of this process');
  return identity;
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Two processes may find the same stale file; the slower one must not remove the faster one's new lock. */
function removeStale(path: string, seen: Holder | undefined): void {
  const aside = `${path}.${randomUUID()}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.token !== seen?.token) link(aside, path);
  rmSync(aside, { force: true });
}

function removeIfOwned(path: string, own: Holder): void {
  if (readHolder(path)?.token === own.token) rmSync(path, { force: true });
}
