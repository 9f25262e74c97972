import type { Process } from '../catalog.ts';
import { loadSettings, type Settings } from '../config.ts';
import { BadInput } from '../connection.ts';
import type { RunFailure, Runs, StartedRun } from '../runs.ts';
import { openFileStore, type FileStore, type StoredFile } from '../services/files.ts';
import { fileName, listFiles, tooLarge } from './documents.ts';
import { fileTable } from './file-table.ts';
import { gateWatch, type GateWatch } from './gate-watch.ts';
import { readBytes, withRequester } from './input.ts';
import { interruptible, markFailed, note, self, show, withRuns, type StartFlags } from './terminal.ts';
import { endOf } from './watch.ts';
import { withWorkerNote } from './workers.ts';

/** What became of a run as far as it was followed. */
interface Outcome {
  readonly state: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timedOut' | 'waiting';
  readonly result?: unknown;
  readonly failure?: RunFailure;
  /** The gate that waits for a person. */
  readonly waitingFor?: string;
  /** What the gate shows: read like a result in the table. */
  readonly subject?: unknown;
}

/** What became of one file. */
export interface FileRun extends Outcome {
  readonly file: string;
  readonly id: string;
  /** Nothing was started: an earlier run did or does the same file. */
  readonly existing: boolean;
  readonly url?: string;
}

/** Files that are being followed at the same time. */
const atOnce = 20;

interface Work {
  readonly runs: Runs;
  readonly process: Process;
  readonly store: FileStore;
  readonly settings: Settings;
  readonly flags: StartFlags;
  readonly gates: GateWatch;
  readonly followed: Map<string, Promise<Outcome>>;
}

/**
 * Starts a run for each file and follows all of them until they end or wait for a person (with `--wait`: until they
 * end). Every path is checked before anything starts.
 */
export async function startFiles(process: Process, paths: readonly string[], flags: StartFlags): Promise<void> {
  if (!process.fromFile) throw new BadInput(`${process.name} takes no documents; see \`${self} processes\`.`);
  const files = await listFiles(paths, loadSettings().documents.maxBytes);
  await withRuns(async (runs, settings) => {
    const work: Work = {
      runs,
      process,
      settings,
      flags,
      store: openFileStore(settings),
      gates: gateWatch(runs),
      followed: new Map(),
    };
    const done: FileRun[] = [];
    const stopTelling = tellProgress(files.length, done);
    try {
      const next = files.values();
      const lane = async (): Promise<void> => {
        for (const file of next) done.push(await followFile(work, file));
      };
      await interruptible(`the runs go on; see them with \`${self} list\`.`, () =>
        withWorkerNote(runs, Promise.all(Array.from({ length: atOnce }, lane))),
      );
    } finally {
      stopTelling();
      work.gates.stop();
    }
    const ordered = files.flatMap((file) => done.filter((run) => run.file === file));
    const documents = ordered.map(({ subject: _shown, ...run }) => run);
    show(flags, { runs: documents }, fileTable(ordered));
    if (ordered.some(({ state }) => state !== 'completed' && state !== 'waiting')) markFailed();
  });
}

async function followFile(work: Work, file: string): Promise<FileRun> {
  const { run, failure } = await startFile(work, file);
  if (!run) return { file, id: '', existing: false, state: 'failed', failure };
  const { id, existing, url } = run;
  // Two files with the same content are one run.
  const outcome = work.followed.get(id) ?? followRun(work, id);
  work.followed.set(id, outcome);
  return { file, id, existing, ...(url === undefined ? {} : { url }), ...(await outcome) };
}

async function followRun(work: Work, id: string): Promise<Outcome> {
  const stop = new AbortController();
  const ended = endOf(work.runs, id, stop.signal);
  if (work.flags.wait === true) return ended;
  const first = await Promise.race([ended, work.gates.next(id)]);
  work.gates.forget(id);
  if ('state' in first) return first;
  ended.catch(() => undefined);
  stop.abort();
  return { state: 'waiting', waitingFor: first.gate, subject: first.subject };
}

/** A file that cannot be started (gone or grown since it was checked) does not keep the others from it. */
async function startFile(
  { runs, process, settings, store, flags }: Work,
  file: string,
): Promise<{ run: StartedRun; failure?: never } | { run?: never; failure: RunFailure }> {
  const { startRun, Unreachable } = await import('../runs.ts');
  try {
    const bytes = await readBytes(file);
    if (bytes.length > settings.documents.maxBytes) {
      throw new BadInput(tooLarge(bytes.length, settings.documents.maxBytes));
    }
    const stored: StoredFile = { hash: await store.put(bytes), name: fileName(file), size: bytes.length };
    const input = withRequester(process, process.fromFile?.(stored), flags.as);
    return { run: await startRun(runs, process, input, { allowRerun: flags.allowRerun === true, earlier: 'answer' }) };
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    return { failure: { message: error instanceof Error ? error.message : String(error) } };
  }
}

/** Shows how many are done: live on a terminal, else a line every five seconds. */
function tellProgress(total: number, done: readonly FileRun[]): () => void {
  const live = process.stderr.isTTY;
  const line = (): string => {
    const waiting = done.filter(({ state }) => state === 'waiting').length;
    const failed = done.filter(({ state }) => state !== 'waiting' && state !== 'completed').length;
    const parts = [
      waiting > 0 ? `${String(waiting)} waiting for a person` : '',
      failed > 0 ? `${String(failed)} failed` : '',
    ];
    return [`${String(done.length)} of ${String(total)} done`, ...parts.filter((part) => part !== '')].join(', ');
  };
  let told = '';
  const tell = (): void => {
    if (line() === told) return;
    told = line();
    if (live) process.stderr.write(`\r\u001b[K${told}`);
    else note(told);
  };
  const timer = setInterval(tell, live ? 200 : 5_000);
  return () => {
    clearInterval(timer);
    tell();
    if (live) process.stderr.write('\n');
  };
}
