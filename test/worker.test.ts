import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../src/embedded/ports.ts';
import { throwAwayTemporal } from '../src/embedded/temporal.ts';
import { testDatabase } from './support/postgres.ts';

let server: Awaited<ReturnType<typeof throwAwayTemporal>>;
let database: Awaited<ReturnType<typeof testDatabase>>;
let dataDir: string;

beforeAll(async () => {
  [server, database, dataDir] = await Promise.all([
    throwAwayTemporal(),
    testDatabase(),
    mkdtemp(join(tmpdir(), 'fermata-worker-')),
  ]);
});
afterAll(async () => {
  await Promise.all([server.stop(), database.stop()]);
  await rm(dataDir, { recursive: true, force: true });
});

function startWorker(changed: Record<string, string>): { child: ChildProcess; readonly output: () => string } {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], FERMATA_DATA: dataDir, ...changed };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/worker.ts'], { env });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

const exitCode = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
};

describe('the worker', () => {
  it('logs JSON, serves metrics, and ends with 0 after SIGTERM', async () => {
    const port = await freePort(9500);
    const env = { TEMPORAL_ADDRESS: server.address, DATABASE_URL: database.url, FERMATA_METRICS_PORT: String(port) };
    const { child, output } = startWorker(env);
    while (!output().includes('worker ready') && child.exitCode === null) await once(child.stdout!, 'data');
    const lines = output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.at(-1)).toMatchObject({ msg: 'worker ready', address: server.address });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toMatch(/^temporal_/m);
    child.kill('SIGTERM');
    expect(await exitCode(child)).toBe(0);
    expect(output()).toContain('worker stopped');
  });

  it.each([
    ['no database', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, /^no database: run `npm start`, or set DATABASE_URL/],
    ['a setting that cannot be used', { FERMATA_MAX_ACTIVITIES: 'many' }, /FERMATA_MAX_ACTIVITIES/],
  ])('says in a line or two what to do about %s', async (_, env, message) => {
    const { child, output } = startWorker(env);
    expect(await exitCode(child)).toBe(1);
    expect(output()).toMatch(message);
    expect(output().trim().split('\n').length).toBeLessThanOrEqual(2);
  });

  it('says in a line or two that the Temporal server cannot be reached', async () => {
    const { child, output } = startWorker({ TEMPORAL_ADDRESS: '127.0.0.1:1', DATABASE_URL: database.url });
    expect(await exitCode(child)).toBe(1);
    expect(output()).toMatch(/^cannot reach a Temporal server at 127\.0\.0\.1:1/);
    expect(output().trim().split('\n').length).toBeLessThanOrEqual(2);
  });
});
