/** One `npm start` for each data folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRunFile } from '../config.ts';
import { CannotStart, type Say } from './cannot-start.ts';
import { tryLock, type Holder } from './lock.ts';
import { endProcess, identify, isAlive, waitUntilGone, type Identity } from './process-identity.ts';

/** The data folder, held for ourselves. */
export interface DataFolder {
  /** The npm that started us; we stop when it is gone. */
  readonly launcher: Identity | undefined;
  readonly release: () => void;
}

/**
 * Takes the folder. Throws {@link CannotStart} with the address when another `npm start` has it. One whose npm was
 * killed is on its way out: it is waited for, and ended when it does not go.
 */
export async function takeDataFolder(dataDir: string, say: Say): Promise<DataFolder> {
  makeFolder(dataDir);
  const launcher = process.env['npm_lifecycle_event'] === undefined ? undefined : identify(process.ppid);
  const path = join(dataDir, 'start.lock');
  for (;;) {
    const attempt = tryLock(path, launcher);
    if (attempt.status === 'held') {
      const { lock } = attempt;
      return {
        launcher,
        release: () => {
          lock.release();
        },
      };
    }
    if (!isLeftOver(attempt.holder)) throw new CannotStart(alreadyUp(dataDir, attempt.holder));
    say(`an earlier start (process ${String(attempt.holder.pid)}) lost its npm and is stopping; waiting for it`);
    if (!(await waitUntilGone(attempt.holder, 45_000))) await endProcess(attempt.holder, 'SIGKILL');
  }
}

function isLeftOver(holder: Holder): boolean {
  return holder.launcher !== undefined && !isAlive(holder.launcher);
}

function alreadyUp(dataDir: string, holder: Holder): string {
  const run = readRunFile(dataDir);
  const by = `process ${String(holder.pid)}`;
  if (run === undefined) return `Fermata is starting or stopping already in ${dataDir} (${by}).`;
  return (
    `Fermata is up already in ${dataDir} (${by}): inbox ${run.inboxUrl}, Temporal ${run.temporalAddress}.\n` +
    'Stop that one first, or set FERMATA_DATA to another folder to run a second one beside it.'
  );
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CannotStart(`cannot make the data folder ${dataDir} (${why})\nSet FERMATA_DATA to a folder of yours.`);
  }
}
