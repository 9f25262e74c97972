import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startGuard } from './guard.ts';

/** What became of a command: how it ended, and the end of what it printed. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly timeoutMs: number;
  /** Called every few seconds with the seconds gone by; aborts the command by returning a reason. */
  readonly onTick?: (seconds: number) => string | undefined;
  /** @default 5000 */
  readonly tickMs?: number;
}

/** Runs a command to its end; a missing command, a bad exit and a time-out are outcomes, not exceptions. */
export function runCommand(command: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const began = Date.now();
    let output = '';
    let aborted: string | undefined;
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      cwd: options.cwd,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
      // With a group of its own, what it started in turn can be ended with it.
      detached: process.platform !== 'win32',
    });
    const guard = child.pid === undefined ? undefined : startGuard(`-${String(child.pid)}`, 'SIGKILL');
    const abort = (reason: string): void => {
      aborted = reason;
      endGroup(child.pid);
    };
    const ticker = setInterval(() => {
      const seconds = Math.round((Date.now() - began) / 1000);
      const reason = options.onTick?.(seconds);
      if (reason !== undefined) abort(reason);
    }, options.tickMs ?? 5_000);
    const timer = setTimeout(() => {
      abort(`no end after ${Math.round(options.timeoutMs / 1000)} s`);
    }, options.timeoutMs);
    const finish = (ok: boolean, text: string): void => {
      clearInterval(ticker);
      clearTimeout(timer);
      guard?.kill('SIGKILL');
      resolve({ ok, output: text });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-8_000)));
    }
    child.once('error', (error) => {
      finish(false, error.message);
    });
    child.once('close', (code) => {
      finish(code === 0 && aborted === undefined, aborted ?? output);
    });
  });
}

/** The path of an executable that the shell would find, or `undefined`. */
export function findOnPath(name: string): string | undefined {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const suffix of suffixes) {
      const path = join(folder, name + suffix);
      if (folder !== '' && isExecutable(path)) return path;
    }
  }
  return undefined;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The last line that says something, cut to fit one line. */
export function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.findLast((line) => line !== '') ?? 'no output').slice(0, 200);
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
