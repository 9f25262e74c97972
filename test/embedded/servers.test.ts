import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { loadSettings } from '../../src/config.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { postgresFiles, startPostgres } from '../../src/embedded/postgres.ts';
import { identify } from '../../src/embedded/process-identity.ts';
import { temporalExecutable } from '../../src/embedded/temporal-executable.ts';
import { startTemporal, temporalFiles } from '../../src/embedded/temporal.ts';
import { until } from '../support/until.ts';

let dataDir: string;
let executable: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'fermata-servers-'));
  executable = await temporalExecutable(loadSettings().cacheDir, (line) => process.stderr.write(`${line}\n`));
}, 600_000);
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Runs the code in a process that is then killed as it stands, and waits until the guards have ended its servers. */
async function runAndKill(code: string, records: readonly string[]): Promise<void> {
  const args = [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `${code}\nconsole.log('up'); setInterval(() => {}, 1000);`,
  ];
  const other = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  const pids = records.map((path) => (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid);
  other.kill('SIGKILL');
  await until(() => pids.every((pid) => identify(pid) === undefined), `still there: ${pids.join(', ')}`);
}

const module = (name: string): string => JSON.stringify(new URL(`../../src/embedded/${name}.ts`, import.meta.url).href);

describe('the embedded Postgres', () => {
  it('keeps its data over a stop, and asks for its password', async () => {
    const first = await startPostgres(dataDir);
    await query(first.url, 'create extension pg_trgm');
    await query(first.url, 'create table kept (word text)');
    await query(first.url, `insert into kept values ('stop')`);
    await expect(query(first.url.replace(/:[0-9a-f]+@/, ':guess@'), 'select 1')).rejects.toThrow('password');
    expect(statSync(postgresFiles(dataDir).access).mode & 0o777).toBe(0o600);
    await first.child.stop();

    const second = await startPostgres(dataDir);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select * from kept')).toEqual([{ word: 'stop' }]);
    await second.child.stop();
  });

  it('ends with a parent that is killed, and starts again over the lock file that a killed server leaves', async () => {
    const code = `
      import { startPostgres } from ${module('postgres')};
      await startPostgres(${JSON.stringify(dataDir)});`;
    await runAndKill(code, [postgresFiles(dataDir).record]);

    const first = await startPostgres(dataDir);
    await query(first.url, `insert into kept values ('kill')`);
    process.kill(first.child.pid, 'SIGKILL');
    await first.child.ended;
    expect(existsSync(join(postgresFiles(dataDir).data, 'postmaster.pid'))).toBe(true);

    const second = await startPostgres(dataDir);
    expect(await query(second.url, 'select * from kept')).toEqual([{ word: 'stop' }, { word: 'kill' }]);
    await second.child.stop();
  });

  it('takes over from a server that still runs on its data', async () => {
    const first = await startPostgres(dataDir);
    const second = await startPostgres(dataDir);
    expect(first.child.end).toBeDefined();
    expect(await query(second.url, 'select count(*)::int as n from kept')).toEqual([{ n: 2 }]);
    await second.child.stop();
  });
});

describe('the embedded Temporal server', () => {
  const start = async (): ReturnType<typeof startTemporal> => {
    const port = await freePort(0);
    return startTemporal({ executable, dataDir, port, uiPort: await freePort(0, new Set([port])) });
  };

  it('keeps runs and search attributes over a stop, and over the end of a parent that is killed', async () => {
    const first = await start();
    await withClient(first.address, async (client) => {
      await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody' });
    });
    await first.child.stop();

    const port = await freePort(0);
    const options = { executable, dataDir, port, uiPort: await freePort(0, new Set([port])) };
    const code = `
      import { startTemporal } from ${module('temporal')};
      await startTemporal(${JSON.stringify(options)});`;
    await runAndKill(code, [temporalFiles(dataDir).record]);

    const third = await start();
    await withClient(third.address, async (client) => {
      const { status } = await client.workflow.getHandle('kept').describe();
      expect(status.name).toBe('RUNNING');
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(customAttributes).toMatchObject({ FermataGates: 7, FermataDue: 6 });
    });
    expect((await fetch(third.ui)).status).toBe(200);
    await third.child.stop();
  });
});

async function withClient(address: string, work: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
