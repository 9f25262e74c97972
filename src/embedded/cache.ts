/**
 * The folder of fetched and built servers, shared between checkouts. An entry appears whole and checked, by a rename, or
 * not at all: work goes on in a folder beside it, and what a killed process left there is thrown away by the next one.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Say } from './cannot-start.ts';
import { CannotStart } from './cannot-start.ts';
import { withLock } from './lock.ts';
import { isExecutable } from './run-command.ts';

/** What came of trying one source: the entry was made, or why not, in half a line. */
export type Attempt = { readonly status: 'made' } | { readonly status: 'failed'; readonly why: string };

/** One place where an entry may come from. */
export interface Source {
  /** What is done, for the progress line: "download temporal". */
  readonly title: string;
  /** Puts everything into `folder`, the executable under the entry's own file name. */
  readonly make: (folder: string, say: Say) => Promise<Attempt>;
}

/** Something that the cache can hold. */
export interface Entry {
  /** Name of its folder; holds the version, so that a new version is a new entry. */
  readonly name: string;
  /** File name of its executable in that folder. */
  readonly executable: string;
  /** First that works wins. */
  readonly sources: readonly Source[];
  /** Runs the executable once; `undefined` when it works, else what is wrong with it. */
  readonly check: (path: string) => Promise<string | undefined>;
  /** What to install when no source works: one line. */
  readonly otherwise: string;
}

/** The path of the entry's executable, if it is in the cache. */
export function cached(cacheDir: string, entry: Entry): string | undefined {
  const path = join(cacheDir, entry.name, entry.executable);
  return isExecutable(path) ? path : undefined;
}

/**
 * The path of the entry's executable, made first if need be; one process at a time. Throws {@link CannotStart} with
 * what to install when no source works.
 */
export async function install(cacheDir: string, entry: Entry, say: Say): Promise<string> {
  const there = cached(cacheDir, entry);
  if (there !== undefined) return there;
  makeFolder(cacheDir);
  const onWait = (holder: { pid: number }): void => {
    say(`${entry.name}: process ${String(holder.pid)} is installing it; waiting`);
  };
  return withLock(join(cacheDir, `${entry.name}.lock`), () => installLocked(cacheDir, entry, say), { onWait });
}

async function installLocked(cacheDir: string, entry: Entry, say: Say): Promise<string> {
  const meanwhile = cached(cacheDir, entry);
  if (meanwhile !== undefined) return meanwhile;
  const unfinished = `${entry.name}.unfinished-`;
  for (const name of readdirSync(cacheDir)) {
    if (name.startsWith(unfinished)) rmSync(join(cacheDir, name), { recursive: true, force: true });
  }
  for (const [index, source] of entry.sources.entries()) {
    const folder = join(cacheDir, `${unfinished}${String(process.pid)}-${String(index)}`);
    mkdirSync(folder);
    const why = await tryOne(source, entry, folder, say);
    if (why === undefined) {
      const final = join(cacheDir, entry.name);
      rmSync(final, { recursive: true, force: true });
      renameSync(folder, final);
      say(`${source.title}: done, kept in ${final}`);
      return join(final, entry.executable);
    }
    rmSync(folder, { recursive: true, force: true });
    say(`${source.title}: ${why}`);
  }
  throw new CannotStart(entry.otherwise);
}

async function tryOne(source: Source, entry: Entry, folder: string, say: Say): Promise<string | undefined> {
  const attempt = await source.make(folder, say);
  if (attempt.status === 'failed') return attempt.why;
  const path = join(folder, entry.executable);
  if (!existsSync(path)) return `no ${entry.executable} came out of it`;
  return entry.check(path);
}

function makeFolder(cacheDir: string): void {
  try {
    mkdirSync(cacheDir, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CannotStart(`cannot make the cache folder ${cacheDir} (${why})\nSet FERMATA_CACHE to a folder of yours.`);
  }
}
