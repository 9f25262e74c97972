/**
 * Child processes that do not outlive us: stopped in order when we stop, ended by a guard when we are killed, and found
 * by their record on the next start when the guard was killed too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { startGuard } from './guard.ts';
import { endProcess, identify, identitySchema } from './process-identity.ts';

/** How to run a child. */
export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Where the child's identity is written down while it runs. */
  readonly recordFile: string;
  /** What it prints is added to this file. */
  readonly logFile: string;
  /** Called with each line it prints to stdout; it then is one of our own, with a channel that tells it when we die. */
  readonly onLine?: (line: string) => void;
  /** Asks it to end. @default 'SIGTERM' */
  readonly stopSignal?: NodeJS.Signals;
  /** Ends it at once. @default 'SIGKILL' */
  readonly killSignal?: NodeJS.Signals;
  /** How long it may take to end before it is killed, in ms. @default 15000 */
  readonly patienceMs?: number;
}

/** A child that was started. */
export interface Child {
  readonly pid: number;
  /** Resolves, never rejects, when it has ended. */
  readonly ended: Promise<string>;
  /** Why it ended, or `undefined` while it runs. */
  readonly end: string | undefined;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
  /** Ends it without asking. */
  kill(): void;
}

const rotateBytes = 10 * 1024 * 1024;

/** Starts a child in a process group of its own, so that Ctrl-C reaches us first and we stop it when its turn comes. */
export async function startChild(options: ChildOptions): Promise<Child> {
  mkdirSync(dirname(options.recordFile), { recursive: true });
  const log = openLog(options.logFile);
  const ours = options.onLine !== undefined;
  const child = spawn(options.command, options.args, {
    stdio: ours ? ['ignore', 'pipe', log, 'ipc'] : ['ignore', log, log],
    env: options.env ?? process.env,
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve).once('error', reject);
    });
  } finally {
    closeSync(log);
  }
  if (options.onLine !== undefined) readLines(child, options.logFile, options.onLine);
  return watch(child, options);
}

/** Ends the child that an earlier start recorded and could not stop, if it still runs and is that very process. */
export async function endRecorded(recordFile: string, signal: NodeJS.Signals): Promise<boolean> {
  let found = false;
  try {
    const identity = identitySchema.parse(JSON.parse(readFileSync(recordFile, 'utf8')));
    found = identify(identity.pid)?.started === identity.started;
    await endProcess(identity, signal);
  } catch {
    // No record, or a torn one: nothing to end.
  }
  rmSync(recordFile, { force: true });
  return found;
}

function watch(child: ChildProcess, options: ChildOptions): Child {
  const pid = child.pid ?? 0;
  writeFileSync(options.recordFile, JSON.stringify(identify(pid) ?? {}));
  const guard = startGuard(String(pid), options.stopSignal ?? 'SIGTERM');
  let end: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      end = signal === null ? `exit code ${String(code)}` : signal;
      guard?.kill('SIGKILL');
      rmSync(options.recordFile, { force: true });
      resolve(end);
    });
  });
  const kill = (): void => {
    child.kill(options.killSignal ?? 'SIGKILL');
  };
  return {
    pid,
    ended,
    get end() {
      return end;
    },
    kill,
    async stop() {
      child.kill(options.stopSignal ?? 'SIGTERM');
      const timer = setTimeout(kill, options.patienceMs ?? 15_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function readLines(child: ChildProcess, logFile: string, onLine: (line: string) => void): void {
  if (child.stdout === null) return;
  const log = openLog(logFile);
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      writeFileSync(log, `${line}\n`);
      onLine(line);
    })
    .once('close', () => {
      closeSync(log);
    });
}

/** Opens a log to add to; one that has grown large is kept once, under another name. */
function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (statSync(path).size > rotateBytes) renameSync(path, `${path}.1`);
  } catch {
    // No log yet.
  }
  return openSync(path, 'a');
}
