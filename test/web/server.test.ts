import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const dataDir = mkdtempSync(join(tmpdir(), 'fermata-server-'));

afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

function launch(environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
  return spawn(process.execPath, ['--import', 'tsx', 'src/server.ts', ...args], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      FERMATA_DATA: dataDir,
      FERMATA_PORT: '0',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the server process', () => {
  it('listens on this machine only, answers while Temporal is down, and ends cleanly on SIGTERM', async () => {
    const server = launch();
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
    const first = JSON.parse(String((await lines.next()).value)) as { msg: string; url: string };
    expect(first.msg).toBe('inbox ready');
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const page = await fetch(first.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('No Temporal server answers yet.');
    const closed = once(server, 'exit');
    server.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
  });

  it('says in one line which setting cannot be used', async () => {
    const server = launch({ FERMATA_USERS: join(dataDir, 'nobody.json') });
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await once(server, 'close')).toEqual([1, null]);
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).toContain('set FERMATA_USERS to its path');
  });
});
