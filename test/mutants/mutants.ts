/** The changes that are made in one run: drawn by a seed from all there are. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { applied, changesOf, type Change } from './changes.ts';
import type { Survivor } from './survivors.ts';

/** One change to one source. */
export interface Mutant {
  /** The source, without `.ts`. */
  readonly file: string;
  /** From the root. */
  readonly path: string;
  /** The whole changed source. */
  readonly text: string;
  readonly change: Change;
  readonly lineNumber: number;
  readonly line: string;
}

const folder = 'src/workflows/patterns';

/** Every change to the patterns, or to one source of them. */
export function allMutants(root: string, only?: string): Mutant[] {
  const names = readdirSync(join(root, folder)).filter((each) => each.endsWith('.ts'));
  const files = names.map((each) => basename(each, '.ts')).filter((each) => only === undefined || each === only);
  return files.flatMap((file) => {
    const path = join(folder, `${file}.ts`);
    const text = readFileSync(join(root, path), 'utf8');
    const lines = text.split('\n');
    return changesOf(path, text).map((change) => {
      const lineNumber = text.slice(0, change.start).split('\n').length;
      const line = (lines[lineNumber - 1] ?? '').trim();
      return { file, path, text: applied(text, change), change, lineNumber, line };
    });
  });
}

/** Whether this is a change that is known to change nothing. */
export function isKnown({ file, line, change }: Mutant, { before, after, ...known }: Survivor): boolean {
  return file === known.file && line === known.line && change.before === before && change.after === after;
}

/** In an order that the seed gives. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const random = randomFrom(seed);
  const mixed = [...all];
  for (let i = mixed.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}

/** Mulberry32: numbers from 0 up to and not including 1. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
