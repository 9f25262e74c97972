import { ConfigError, loadSettings, type Settings } from '../config.ts';
import { BadInput, Unreachable } from '../connection.ts';
import type { Runs } from '../runs.ts';
import type { InputFlags } from './input.ts';

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** What `start` takes. */
export interface StartFlags extends CommonOptions, InputFlags {
  readonly file?: readonly string[];
  readonly id?: string;
  readonly wait?: boolean;
  readonly watch?: boolean;
  readonly allowRerun?: boolean;
}

/** How the client is called, for the hints in its own messages. */
export const self = 'npm run client --';

/** 0 done · 1 the run failed or was refused · 2 bad usage or bad input · 3 the server cannot be reached. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, unreachable: 3, interrupted: 130 } as const;

/** Shows what a command found: the document alone with `--json`, else the text for people. */
export function show(options: CommonOptions, document: unknown, text: string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(document ?? null, null, 2)}\n` : `${text}\n`);
}

/** Says something beside the result: progress, hints. Never on stdout. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Says that a worker is there but has not answered, and that it is asked again. */
export function sayNotYet(): void {
  note('not yet, trying again …');
}

/** Remembers that the run failed or was refused, without an error to report. */
export function markFailed(): void {
  process.exitCode = exitCodes.failed;
}

/** Connects, does the work, and closes the connection whatever happens. */
export async function withRuns<T>(work: (runs: Runs, settings: Settings) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const { connectRuns } = await import('../runs.ts');
  const runs = await connectRuns(settings);
  try {
    return await work({ ...runs, notYet: sayNotYet }, settings);
  } finally {
    await runs.close();
  }
}

/** Runs `work`; Ctrl-C meanwhile ends the client with 130 and says that what was started goes on. */
export async function interruptible<T>(message: string, work: () => Promise<T>): Promise<T> {
  const leave = (): never => {
    note(`\n${message}`);
    process.exit(exitCodes.interrupted);
  };
  process.once('SIGINT', leave);
  try {
    return await work();
  } finally {
    process.removeListener('SIGINT', leave);
  }
}

/** Reports an error as one or two lines, or as one JSON document, and sets the exit code. */
export function report(error: unknown, json: boolean): void {
  const code = codeOf(error);
  const message = (error instanceof Error ? error.message : String(error)).trim();
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
  else process.stderr.write(`${message}\n`);
  process.exitCode = exitCodes[code === 'busy' ? 'failed' : code];
}

function codeOf(error: unknown): 'failed' | 'badInput' | 'unreachable' | 'busy' {
  if (error instanceof Unreachable) return 'unreachable';
  // By name: commands that ask no worker do not load what asks it.
  if (error instanceof Error && error.name === 'WorkerBusy') return 'busy';
  return error instanceof BadInput || error instanceof ConfigError ? 'badInput' : 'failed';
}
