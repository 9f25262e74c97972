import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Process } from '../catalog.ts';
import { BadInput } from '../connection.ts';

/** The flags that say what a run is started with. */
export interface InputFlags {
  readonly input?: string;
  readonly set?: readonly string[];
  readonly as?: string;
}

/**
 * What a run is started with: the JSON of a file, else the process' sample; with single values set, and with who asks
 * for it. Where the sample stands in the way of values that are enough without it, such as the `url` of an article where
 * the sample has a `path`, they are taken alone.
 */
export async function inputFor(process: Process, { input: file, set = [], as }: InputFlags): Promise<unknown> {
  const given = withSettings(file === undefined ? process.sample : await readJson(file), set);
  const alone = withSettings({}, set);
  const inTheWay = file === undefined && !fits(process, given) && fits(process, alone);
  return withRequester(process, inTheWay ? alone : given, as);
}

function fits({ input }: Process, value: unknown): boolean {
  return input.safeParse(value).success;
}

/** The bytes of a file; `-` is stdin. Throws {@link BadInput} when it cannot be read. */
export async function readBytes(path: string): Promise<Buffer> {
  if (path === '-') return buffer(process.stdin);
  try {
    return await readFile(path);
  } catch (error) {
    throw new BadInput(`cannot read ${path}: ${reasonOf(error)}.`);
  }
}

/** The JSON in a file; `-` is stdin. Throws {@link BadInput} when it cannot be read. */
export async function readJson(path: string): Promise<unknown> {
  const text = (await readBytes(path)).toString('utf8');
  return parseJson(text, path === '-' ? 'stdin' : path);
}

/** Throws {@link BadInput} that names where the text came from. */
export function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${from} is not JSON: ${reasonOf(error)}.`);
  }
}

/**
 * A copy of `input` with `key=value` pairs set: `a.b=1` goes into nested objects, a number into a list's entry. A value
 * is JSON where it parses as such, else text; in the place of a text it stays one, such as the amount 129.50.
 */
export function withSettings(input: unknown, pairs: readonly string[]): unknown {
  if (pairs.length === 0) return input;
  if (!isRecord(input)) throw new BadInput('--set needs an input that is a JSON object.');
  const copy = structuredClone(input);
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new BadInput(`--set ${pair}: expected key=value.`);
    setAt(copy, pair.slice(0, at).split('.'), pair.slice(at + 1), pair);
  }
  return copy;
}

function setAt(target: Record<string, unknown>, keys: readonly string[], text: string, pair: string): void {
  if (keys.some((key) => key === '' || key === '__proto__'))
    throw new BadInput(`--set ${pair}: the key cannot be used.`);
  let current = target;
  for (const key of keys.slice(0, -1)) {
    const next = Object.hasOwn(current, key) ? current[key] : undefined;
    if (next !== undefined && !isRecord(next)) throw new BadInput(`--set ${pair}: '${key}' is not an object.`);
    current[key] = next ?? {};
    current = current[key] as Record<string, unknown>;
  }
  const key = keys.at(-1) ?? '';
  const value = looseJson(text);
  const isText = Object.hasOwn(current, key) && typeof current[key] === 'string';
  current[key] = isText && ['number', 'boolean'].includes(typeof value) ? text : value;
}

function looseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The input with who asked for it. Throws {@link BadInput} if the process does not take that. */
export function withRequester(process: Process, input: unknown, requester: string | undefined): unknown {
  if (requester === undefined) return input;
  if (!isRecord(input)) throw new BadInput('--as needs an input that is a JSON object.');
  const asked = { ...input, [process.requester ?? 'requester']: requester };
  if (fits(process, input) && !fits(process, asked)) {
    throw new BadInput(`--as ${requester}: ${process.name} does not take who asks for it; leave --as out.`);
  }
  return asked;
}

/** Objects and lists. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'it may not be read';
  return error instanceof Error ? error.message : String(error);
}
