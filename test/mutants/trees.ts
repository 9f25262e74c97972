/** Copies of the sources and of the pattern tests, in a folder that is removed at the end; the checkout stays as it is. */
import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const copied = ['src', 'test/support', 'test/workflows/patterns'];

/** Test files get the same `describe`, `it` and `expect` as from Jest, without Jest around them. */
const globals = `const circus = require('jest-circus');
exports.describe = circus.describe;
exports.it = circus.it;
exports.test = circus.test;
exports.beforeAll = circus.beforeAll;
exports.afterAll = circus.afterAll;
exports.beforeEach = circus.beforeEach;
exports.afterEach = circus.afterEach;
exports.expect = require('@jest/expect').jestExpect;
`;

export class Trees {
  private readonly folder: string;
  private count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(root: string): Promise<Trees> {
    await mkdir(join(root, '.fermata'), { recursive: true });
    const folder = await mkdtemp(join(root, '.fermata/mutants-'));
    const shim = join(folder, 'node_modules/@jest/globals');
    await mkdir(shim, { recursive: true });
    await writeFile(join(shim, 'index.js'), globals);
    const original = join(folder, 'original');
    for (const part of copied) await cp(join(root, part), join(original, part), { recursive: true });
    // The runtime is one for the whole process, which sets it up itself.
    await writeFile(join(original, 'test/support/runtime.ts'), 'export {};\n');
    return new Trees(folder);
  }

  /**
   * A new copy of what was there at the beginning, with another text for one file if given. Each is imported anew, and
   * keeps its bundles to itself.
   */
  async copy(path?: string, text?: string): Promise<string> {
    this.count += 1;
    const tree = join(this.folder, String(this.count));
    await cp(join(this.folder, 'original'), tree, { recursive: true });
    await mkdir(join(tree, 'bundles'));
    if (path !== undefined && text !== undefined) await writeFile(join(tree, path), text);
    return tree;
  }

  remove(tree = this.folder): void {
    rmSync(tree, { recursive: true, force: true, maxRetries: 5 });
  }
}
