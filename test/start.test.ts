import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRunFile, runFilePath } from '../src/config.ts';
import { identify, isAlive, type Identity } from '../src/embedded/process-identity.ts';
import { until } from './support/until.ts';

const script = fileURLToPath(new URL('../src/start.ts', import.meta.url));
let dataDir: string;
const started: ChildProcess[] = [];
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'fermata-start-'));
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

interface Start {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: () => string;
  readonly exit: Promise<unknown[]>;
}

function start(): Start {
  const env: Record<string, string | undefined> = { ...process.env, FERMATA_DATA: dataDir, FERMATA_PORT: '0' };
  for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'DATABASE_URL', 'npm_lifecycle_event'])
    env[name] = undefined;
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--no-samples'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, pid: child.pid ?? 0, output: () => output, exit: once(child, 'exit') };
}

async function startedUp(): Promise<Start> {
  const one = start();
  await until(() => one.output().includes('Fermata is up') && existsSync(runFilePath(dataDir)), one.output);
  return one;
}

/** The processes that a start recorded as its own. */
function children(): Map<string, Identity> {
  const folder = join(dataDir, 'run');
  return new Map(
    readdirSync(folder).map((name) => [
      name.replace('.json', ''),
      JSON.parse(readFileSync(join(folder, name), 'utf8')) as Identity,
    ]),
  );
}

describe('npm start', () => {
  it('brings everything up, once a folder, brings a killed worker back, and stops all of it on Ctrl-C', async () => {
    const first = await startedUp();
    const run = readRunFile(dataDir);
    if (run === undefined) throw new Error('no run file');
    expect(run.pid).toBe(first.pid);
    const own = children();
    expect([...own.keys()].sort()).toEqual(['inbox', 'postgres', 'temporal', 'worker']);
    for (const address of [run.inboxUrl, run.temporalUi, run.temporalAddress, run.metricsUrl ?? '?']) {
      expect(first.output()).toContain(address);
    }
    for (const url of [run.inboxUrl, run.temporalUi, run.metricsUrl ?? '']) expect((await fetch(url)).ok).toBe(true);

    const second = start();
    expect(await second.exit).toEqual([1, null]);
    expect(second.output()).toContain(`Fermata is up already in ${dataDir} (process ${String(first.pid)})`);
    expect(second.output()).toContain(run.inboxUrl);

    process.kill(own.get('worker')?.pid ?? 0, 'SIGKILL');
    await until(() => first.output().includes('worker is up again'), first.output);

    const connection = await Connection.connect({ address: run.temporalAddress });
    const { workflow } = new Client({ connection });
    await workflow.start('documentIngestion', { workflowId: 'x', taskQueue: 'fermata', args: [{ path: 'none.pdf' }] });
    const saysWhy = /^worker warning: Activity failed: receiveDocument: .*none\.pdf/m;
    await until(() => saysWhy.test(first.output()), first.output);
    await connection.close();

    const last = [...children().values()];
    expect(last).toHaveLength(4);
    first.child.kill('SIGINT');
    expect(await first.exit).toEqual([0, null]);
    const stops = [...first.output().matchAll(/^(.+) stopped$/gm)].map(([, name]) => name);
    expect(stops).toEqual(['inbox', 'worker', 'Postgres', 'Temporal server']);
    expect(last.filter(isAlive)).toEqual([]);
    expect(existsSync(runFilePath(dataDir))).toBe(false);
  });

  it('leaves nothing running, and nothing that stops the next start, when it is killed', async () => {
    const killed = await startedUp();
    const before = [...children().values()];
    expect(before).toHaveLength(4);
    killed.child.kill('SIGKILL');
    const next = await startedUp();
    expect(readRunFile(dataDir)?.pid).toBe(next.pid);
    await until(
      () => !before.some(isAlive),
      () => `still there: ${JSON.stringify(before.filter(isAlive))}`,
    );
    next.child.kill('SIGTERM');
    expect(await next.exit).toEqual([0, null]);
    expect(identify(next.pid)).toBeUndefined();
  });
});
