import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { applied, changesOf } from './changes.ts';
import { allMutants, isKnown, shuffled } from './mutants.ts';
import { survivors } from './survivors.ts';
import { testsOf } from './tests-of.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const changed = (text: string): string[] => changesOf('a.ts', text).map((change) => applied(text, change));

describe('the changes to a source', () => {
  it.each([
    ['a < 2;', ['a <= 2;', 'a < 3;', 'a < 1;', ';']],
    ['a ?? b;', ['a;', 'b;', ';']],
    ['await a();', ['a();', ';']],
    ['const b = !a;', ['const b = a;']],
    ['const b = a.filter(c);', ['const b = a;']],
    ['if (a) throw b;', ['if (!(a)) throw b;', 'if (true) throw b;', 'if (false) throw b;', 'if (a) ;']],
    ['function f(): void { a(); }', ['function f(): void {}', 'function f(): void { ; }']],
  ])('of %j are these', (text, expected) => {
    expect(changed(text).toSorted()).toEqual(expected.toSorted());
  });

  it('leave types, imports and lines of the log as they are', () => {
    expect(changed("import a from 'a'; type B = 1; interface C { d: 2 } log.warn('e', { f: 3 });")).toEqual([]);
  });
});

describe('a run of mutants', () => {
  it('draws the same from the same seed, and something else from another', () => {
    const all = Array.from({ length: 50 }, (_, i) => i);
    expect(shuffled(all, 7)).toEqual(shuffled(all, 7));
    expect(shuffled(all, 7)).not.toEqual(shuffled(all, 8));
    expect(shuffled(all, 7).toSorted((a, b) => a - b)).toEqual(all);
  });

  it('knows tests for every source, and they are there', () => {
    const names = (folder: string, ending: string): string[] =>
      readdirSync(new URL(folder, import.meta.url))
        .filter((each) => each.endsWith(ending))
        .map((each) => each.slice(0, -ending.length));
    const tests = names('../workflows/patterns/', '.test.ts');
    for (const source of names('../../src/workflows/patterns/', '.ts')) {
      expect(tests).toEqual(expect.arrayContaining([...testsOf(source, tests)]));
    }
  });

  it('passes over only what is still there', () => {
    const all = allMutants(root);
    expect(survivors.filter((each) => !all.some((mutant) => isKnown(mutant, each)))).toEqual([]);
  });
});
