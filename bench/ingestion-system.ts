/** What the ingestion bench measures: a server, a database and a worker of its own, and how much memory they take. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { loadSettings, type Settings } from '../src/config.ts';
import { connect } from '../src/connection.ts';
import type { Child } from '../src/embedded/child.ts';
import { launchOwn } from '../src/embedded/own-process.ts';
import { throwAwayPostgres } from '../src/embedded/postgres.ts';
import { endProcess, identify } from '../src/embedded/process-identity.ts';
import { throwAwayTemporal } from '../src/embedded/temporal.ts';
import type { Runs } from '../src/runs.ts';
import { openDatabase, type Database } from '../src/services/database.ts';

const taskQueue = 'fermata-bench';
const sampleMs = 500;
const kilobytesInMegabyte = 1024;

/** The most resident memory seen so far, in MB; the processes that read documents are counted apart from the worker. */
export interface Memory {
  readonly workerMb: number;
  readonly readersMb: number;
  readonly serverMb: number;
}

/** All parts, up and connected. */
export interface System {
  readonly runs: Runs;
  readonly db: Database;
  /** Peaks since the last call. */
  takeMemory(): Memory;
  /** Ends worker and readers with SIGKILL, as a crash of their machine would. */
  killWorker(): Promise<void>;
  /** Starts a worker from the sources and waits until it is ready. */
  startWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** How the system under measurement differs from `npm start`. */
interface SystemOptions {
  /** Workflow task timeout of every run, in ms. @default what `startRun` sets */
  readonly taskTimeoutMs?: number | undefined;
  readonly say: (line: string) => void;
}

type Close = () => Promise<void> | void;

/** Brings everything up on free ports and in folders that `stop` removes. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const closers: Close[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await bringUp(options, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp({ taskTimeoutMs, say }: SystemOptions, closers: Close[]): Promise<Omit<System, 'stop'>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fermata-bench-'));
  closers.push(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });
  const postgres = await throwAwayPostgres();
  closers.push(() => postgres.stop());
  const temporal = await throwAwayTemporal();
  closers.push(() => temporal.stop());

  const env = environment({ FERMATA_DATA: dataDir, DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address });
  const db = openDatabase(postgres.url, { max: 4 });
  closers.push(() => db.destroy());
  const runs = await connectRuns(loadSettings(env), taskTimeoutMs);
  closers.push(() => runs.close());

  let worker: Child | undefined;
  const memory = sampleMemory(temporal.child.pid, () => worker?.pid);
  closers.push(memory.stop);
  const startWorker = async (): Promise<void> => {
    const own = { name: 'worker', script: '../worker', ready: 'worker ready', patienceMs: 25_000 };
    worker = await launchOwn({ ...own, env, dataDir, say });
  };
  closers.push(() => worker?.stop());
  await startWorker();
  return {
    runs,
    db,
    startWorker,
    takeMemory: memory.take,
    async killWorker() {
      if (worker !== undefined) await killTree(worker);
    },
  };
}

/** Ours, without the variables that lead to somebody else's servers. */
function environment(own: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    ...own,
    FERMATA_TASK_QUEUE: taskQueue,
    FERMATA_METRICS_PORT: '0',
    FERMATA_LOG: 'info',
  };
}

async function connectRuns(settings: Settings, taskTimeoutMs: number | undefined): Promise<Runs> {
  const { connection, namespace } = await connect(settings);
  const client = new Client({
    connection,
    namespace,
    interceptors: {
      workflow: [
        {
          startWithDetails: (input, next) =>
            next(
              taskTimeoutMs === undefined
                ? input
                : { ...input, options: { ...input.options, workflowTaskTimeout: msToTs(taskTimeoutMs) } },
            ),
        },
      ],
    },
  });
  return { client, settings, close: () => connection.close() };
}

async function killTree(worker: Child): Promise<void> {
  const children = descendants(await processes(), worker.pid).map(({ pid }) => identify(pid));
  worker.kill();
  await worker.ended;
  await Promise.all(children.filter((child) => child !== undefined).map((child) => endProcess(child, 'SIGKILL')));
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly megabytes: number;
  readonly command: string;
}

async function processes(): Promise<readonly Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,rss=,command=']);
  return stdout.split('\n').map((line) => {
    const [pid, parent, rss, ...command] = line.trim().split(/\s+/);
    return {
      pid: Number(pid),
      parent: Number(parent),
      megabytes: Number(rss) / kilobytesInMegabyte,
      command: command.join(' '),
    };
  });
}

function descendants(rows: readonly Row[], pid: number): readonly Row[] {
  const children = rows.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...descendants(rows, child.pid)]);
}

function sampleMemory(server: number, worker: () => number | undefined): { take: () => Memory; stop: () => void } {
  const none: Memory = { workerMb: 0, readersMb: 0, serverMb: 0 };
  const sum = (rows: readonly Row[]): number => Math.round(rows.reduce((total, row) => total + row.megabytes, 0));
  let peak = none;
  const sample = async (): Promise<void> => {
    const rows = await processes();
    const children = descendants(rows, worker() ?? -1);
    const readers = children.filter(({ command }) => command.includes('reader-child'));
    const others = children.filter((row) => !readers.includes(row));
    peak = {
      workerMb: Math.max(peak.workerMb, sum([...rows.filter(({ pid }) => pid === worker()), ...others])),
      readersMb: Math.max(peak.readersMb, sum(readers)),
      serverMb: Math.max(peak.serverMb, sum(rows.filter(({ pid }) => pid === server))),
    };
  };
  const timer = setInterval(() => {
    // A sample that fails is one sample less.
    sample().catch(() => undefined);
  }, sampleMs);
  return {
    take() {
      const taken = peak;
      peak = none;
      return taken;
    },
    stop() {
      clearInterval(timer);
    },
  };
}
