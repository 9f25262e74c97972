/** On a real server, which alone can terminate, reset and list runs, with effects in a real database. */
import { fileURLToPath } from 'node:url';
import { cancellationSignal } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { heartbeats } from '../../src/activities/heartbeat.ts';
import { loadSettings } from '../../src/config.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import { sweepRun, sweepRuns } from '../../src/runs/sweep.ts';
import type { Runs } from '../../src/runs.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { testDatabase } from '../support/postgres.ts';
import type { Books } from './sweep.workflows.ts';
import '../support/runtime.ts';

let temporal: Awaited<ReturnType<typeof throwAwayTemporal>>;
let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let runs: Runs;
let worker: Worker;
let running: Promise<void>;
let connection: NativeConnection;
let onForever: () => void = () => undefined;

const books: Books = {
  async book(key) {
    await pool.query('insert into effects values ($1) on conflict do nothing', [key]);
    return key;
  },
  async bookForever(key) {
    const signal = cancellationSignal();
    await books.book(key);
    onForever();
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
    return key;
  },
  async unbook(key) {
    await pool.query('delete from effects where key = $1', [key]);
  },
};

const effects = async (id: string): Promise<string[]> => {
  const { rows } = await pool.query<{ key: string }>('select key from effects where key like $1 order by key', [
    `${id}/%`,
  ]);
  return rows.map(({ key }) => key.slice(id.length + 1));
};

beforeAll(async () => {
  [temporal, database] = await Promise.all([throwAwayTemporal(), testDatabase()]);
  pool = new pg.Pool({ connectionString: database.url });
  await pool.query('create table effects (key text primary key)');
  const { address } = temporal;
  const client = new Client({ connection: await Connection.connect({ address }) });
  const settings = loadSettings({ TEMPORAL_ADDRESS: address });
  runs = { client, settings, close: () => client.connection.close() };
  connection = await NativeConnection.connect({ address });
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  worker = await Worker.create({
    connection,
    taskQueue: settings.taskQueue,
    workflowsPath: path('./sweep.workflows.ts'),
    interceptors: {
      workflowModules: [path('../../src/workflows/interceptors.ts')],
      activity: [() => ({ inbound: heartbeats() })],
    },
    activities: books,
    shutdownGraceTime: '1 second',
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await runs.close();
  await pool.end();
  await Promise.all([temporal.stop(), database.stop()]);
});

let count = 0;

/** Starts a run and returns when its last step has had its effect and goes on. */
async function underWay(workflow: string, args: unknown[], more: object = {}): Promise<WorkflowHandle> {
  count += 1;
  const reached = new Promise<void>((resolve) => (onForever = resolve));
  const { taskQueue } = runs.settings;
  const handle = await runs.client.workflow.start(workflow, {
    workflowId: `${workflow}-${String(count)}`,
    taskQueue,
    args,
    ...more,
  });
  await reached;
  onForever = () => undefined;
  return handle;
}

describe('sweep', () => {
  it('undoes what a terminated run has left behind, and then leaves it alone', async () => {
    const { workflowId: id } = await underWay('booking', [false]);
    await runs.client.workflow.getHandle(id).terminate();
    expect(await effects(id)).toEqual(['a', 'b', 'c']);
    const swept = await sweepRun(runs, id);
    expect(swept).toMatchObject({ id, status: 'undoing' });
    const next = runs.client.workflow.getHandle(id, swept.runId);
    expect(await failureOf(next.result())).toMatch(/^CancelledFailure/);
    expect((await next.describe()).status.name).toBe('CANCELLED');
    expect(await effects(id)).toEqual([]);
    expect(await sweepRun(runs, id)).toEqual({ id, status: 'nothing' });
  });

  it('undoes what a run has left behind that timed out', async () => {
    const { workflowId: id } = await underWay('booking', [false], { workflowExecutionTimeout: '4 seconds' });
    const handle = runs.client.workflow.getHandle(id);
    expect(await failureOf(handle.result())).toMatch(/^TimeoutFailure/);
    expect(await effects(id)).toEqual(['a', 'b', 'c']);
    const { runId } = await sweepRun(runs, id);
    expect(await failureOf(runs.client.workflow.getHandle(id, runId).result())).toMatch(/^CancelledFailure/);
    expect(await effects(id)).toEqual([]);
  });

  it('names a run that is past its pivot, and undoes nothing there', async () => {
    const { workflowId: id } = await underWay('booking', [true]);
    await runs.client.workflow.getHandle(id).terminate();
    expect(await sweepRun(runs, id)).toEqual({ id, status: 'pastPivot' });
    expect(await effects(id)).toEqual(['a', 'b', 'c']);
  });

  it('leaves alone what runs and what has no saga', async () => {
    const { workflowId: plain } = await underWay('plain', []);
    expect(await sweepRun(runs, plain)).toEqual({ id: plain, status: 'nothing' });
    await runs.client.workflow.getHandle(plain).terminate();
    expect(await sweepRun(runs, plain)).toEqual({ id: plain, status: 'nothing' });
  });

  it('finds all such runs by itself', async () => {
    const { workflowId: id } = await underWay('booking', [false]);
    await runs.client.workflow.getHandle(id).terminate();
    let found: string[] = [];
    // The server's list of runs follows the runs a moment later.
    while (!found.includes(id)) {
      found = (await sweepRuns(runs)).filter(({ status }) => status === 'undoing').map((swept) => swept.id);
    }
    expect(await failureOf(runs.client.workflow.getHandle(id).result())).toMatch(/^CancelledFailure/);
    expect(await effects(id)).toEqual([]);
  });
});
