/**
 * Tells whether a process that was written down earlier is still the same one: process ids are used again, a process
 * id together with its start time is not.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

export const identitySchema = z.object({ pid: z.number().int().positive(), started: z.string() });
export type Identity = z.infer<typeof identitySchema>;

/** The identity of a process that lives; `undefined` for one that is gone, a zombie included. */
export function identify(pid: number): Identity | undefined {
  const started = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** The command line of a process, or an empty string where it cannot be read. */
export function commandLine(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** The process that started a process; `undefined` for the first one, and where it cannot be told. */
export function parentOf(pid: number): number | undefined {
  try {
    const parent =
      process.platform === 'linux'
        ? Number(fieldsOnLinux(pid)[1])
        : Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
    return parent > 0 ? parent : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until the process is gone; `false` when it is still there after `timeoutMs`. */
export async function waitUntilGone(identity: Identity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/** Ends a process: asks with `signal`, and after `patienceMs` no longer asks. Never touches a later process of that id. */
export async function endProcess(identity: Identity, signal: NodeJS.Signals, patienceMs = 10_000): Promise<void> {
  if (!send(identity, signal)) return;
  if (await waitUntilGone(identity, patienceMs)) return;
  send(identity, 'SIGKILL');
  await waitUntilGone(identity, 5_000);
}

function send(identity: Identity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

function startOnLinux(pid: number): string | undefined {
  try {
    const fields = fieldsOnLinux(pid);
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** From the third on: the second is the command in parentheses, which may itself hold spaces and parentheses. */
function fieldsOnLinux(pid: number): string[] {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function startByPs(pid: number): string | undefined {
  try {
    const [state = '', ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
      .trim()
      .split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}
