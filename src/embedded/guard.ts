import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * A shell that waits for us to go, for whatever reason, and then ends `target`, a process id or, with a minus sign, a
 * process group: a process that is killed cannot clean up after itself. Kill the guard once the target has ended.
 */
export function startGuard(target: string, signal: NodeJS.Signals): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const script = `read -r _; kill -s ${signal.replace('SIG', '')} -- ${target}; n=0
while kill -s 0 -- ${target} && [ $n -lt 20 ]; do sleep 1; n=$((n+1)); done; kill -s KILL -- ${target}`;
  // In a process group of its own it survives whatever ends ours.
  const guard = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  guard.unref();
  return guard;
}
