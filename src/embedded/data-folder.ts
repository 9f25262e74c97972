/** One `npm start` for each data folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRunFile } from '../config.ts';
import { CannotStart, type Say } from './cannot-start.ts';
import { tryLock, type Holder } from './lock.ts';
import {
  commandLine,
  endProcess,
  identify,
  isAlive,
  parentOf,
  waitUntilGone,
  type Identity,
} from './process-identity.ts';

/** The data folder, held for ourselves. */
export interface DataFolder {
  /** The npm that started us, and what is between; we stop when one of them is gone. */
  readonly launchers: readonly Identity[];
  readonly release: () => void;
}

/**
 * Takes the folder. Throws {@link CannotStart} with the address when another `npm start` has it. One whose npm was
 * killed is on its way out: it is waited for, and ended when it does not go.
 */
export async function takeDataFolder(dataDir: string, say: Say): Promise<DataFolder> {
  makeFolder(dataDir);
  const launchers = findLaunchers();
  const path = join(dataDir, 'start.lock');
  for (;;) {
    const attempt = tryLock(path, launchers);
    if (attempt.status === 'held') {
      const { lock } = attempt;
      return {
        launchers,
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
  return !holder.launchers.every(isAlive);
}

/** Our ancestors up to npm, when it was npm that ran us: a killed npm takes nothing along by itself. */
function findLaunchers(): Identity[] {
  if (process.env['npm_lifecycle_event'] === undefined) return [];
  const pids: number[] = [];
  for (let pid = parentOf(process.pid); pid !== undefined && pids.length < 5; pid = parentOf(pid)) {
    pids.push(pid);
    if (/\b(npm|pnpm|yarn|bun)\b/.test(commandLine(pid).slice(0, 100))) {
      return pids.map(identify).filter((identity) => identity !== undefined);
    }
  }
  return [];
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
