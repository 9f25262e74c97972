/** Runs the real client as its own process, as a person or a script does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { builtClient } from './built.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Starts one of our programs from its source, with nothing of the caller's Temporal or Fermata settings. */
export function startProgram(file: string, args: readonly string[], env: Environment): ChildProcess {
  return startNode(['--import', 'tsx', file, ...args], env);
}

/** Starts the client as it is built. */
async function startClient(args: readonly string[], env: Environment): Promise<ChildProcess> {
  return startNode([await builtClient(), ...args], env);
}

function startNode(args: readonly string[], env: Environment): ChildProcess {
  const kept = Object.entries(process.env).filter(([name]) => !/^(FERMATA|TEMPORAL|DATABASE|NODE_OPTIONS)/.test(name));
  return spawn(process.execPath, args, { cwd: root, env: { ...Object.fromEntries(kept), ...env } });
}

/** Runs the client to its end; `input` is its stdin. */
export async function runClient(args: readonly string[], env: Environment, input = ''): Promise<CliResult> {
  const child = await startClient(args, env);
  child.stdin?.end(input);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), closed]);
  return { code, stdout, stderr };
}

/** The one JSON document on stdout; fails when there is anything else. */
export function jsonOf(result: CliResult): unknown {
  return JSON.parse(result.stdout);
}

function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}
