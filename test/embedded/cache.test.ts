import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cached, install, type Entry, type Source } from '../../src/embedded/cache.ts';
import { CannotStart } from '../../src/embedded/cannot-start.ts';
import { runCommand } from '../../src/embedded/run-command.ts';
import { until } from '../support/until.ts';

let cacheDir: string;
const said: string[] = [];
const say = (line: string): void => {
  said.push(line);
};
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'fermata-cache-'));
  said.length = 0;
});
afterEach(() => {
  rmSync(cacheDir, { recursive: true });
});

const check: Entry['check'] = async (path) => {
  const { ok, output } = await runCommand(path, ['--version'], { timeoutMs: 5_000 });
  return ok && output.includes('tool 1') ? undefined : 'does not run';
};
function writes(title: string, text: string): Source {
  return {
    title,
    make(folder) {
      writeFileSync(join(folder, 'tool'), text, { mode: 0o755 });
      return Promise.resolve({ status: 'made' });
    },
  };
}
const good = '#!/bin/sh\necho tool 1\n';
function entry(...sources: Source[]): Entry {
  return { name: 'tool-1', executable: 'tool', sources, check, otherwise: 'install tool 1' };
}

describe('the cache of servers', () => {
  it('keeps what the first working source made, and says why it went past the others', async () => {
    const none: Source = { title: 'download', make: () => Promise.resolve({ status: 'failed', why: 'not reachable' }) };
    const broken = writes('broken build', '#!/bin/sh\nexit 1\n');
    const path = await install(cacheDir, entry(none, broken, writes('good build', good)), say);
    expect(readFileSync(path, 'utf8')).toBe(good);
    expect(said).toEqual([
      'download: not reachable',
      'broken build: does not run',
      expect.stringContaining('good build: done'),
    ]);
    expect(readdirSync(cacheDir)).toEqual(['tool-1']);
  });

  it('does not make again what it holds', async () => {
    const tool = entry(writes('build', good));
    await install(cacheDir, tool, say);
    const must: Source = { title: 'never', make: () => Promise.reject(new Error('made again')) };
    expect(await install(cacheDir, entry(must), say)).toBe(cached(cacheDir, tool));
  });

  it('says what to install when no source works, and keeps nothing', async () => {
    const installing = install(cacheDir, entry(writes('build', 'not a program')), say);
    await expect(installing).rejects.toThrow(new CannotStart('install tool 1'));
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it('never takes what a killed process left half done for good, and throws it away', async () => {
    const module = new URL('../../src/embedded/cache.ts', import.meta.url).href;
    const script = `
      import { install } from ${JSON.stringify(module)};
      import { writeFileSync } from 'node:fs';
      const make = async (folder) => {
        writeFileSync(folder + '/tool', '#!/bin/sh\\necho half', { mode: 0o755 });
        console.log('half');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      };
      const sources = [{ title: 'slow', make }];
      const entry = { name: 'tool-1', executable: 'tool', sources, check: async () => undefined, otherwise: '' };
      await install(${JSON.stringify(cacheDir)}, entry, () => undefined);`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const other = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(other.stdout, 'data');
    const tool = entry(writes('build', good));
    expect(cached(cacheDir, tool)).toBeUndefined();
    const installing = install(cacheDir, tool, say);
    await until(() => said.length > 0, 'nothing was said');
    expect(said).toEqual([`tool-1: process ${String(other.pid)} is installing it; waiting`]);
    other.kill('SIGKILL');
    expect(readFileSync(await installing, 'utf8')).toBe(good);
    expect(readdirSync(cacheDir)).toEqual(['tool-1']);
  });

  it('makes an entry once for all who want it at the same time', async () => {
    let made = 0;
    const slow: Source = {
      title: 'build',
      async make(folder) {
        made += 1;
        await pause(100);
        writeFileSync(join(folder, 'tool'), good, { mode: 0o755 });
        return { status: 'made' };
      },
    };
    const paths = await Promise.all([install(cacheDir, entry(slow), say), install(cacheDir, entry(slow), say)]);
    expect(made).toBe(1);
    expect(paths.every((path) => existsSync(path))).toBe(true);
  });
});
