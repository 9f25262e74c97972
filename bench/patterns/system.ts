/** What the pattern bench runs on: a server, a worker process and a client, on free ports and removed afterwards. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { loadSettings } from '../../src/config.ts';
import { connect } from '../../src/connection.ts';
import { startChild, type Child } from '../../src/embedded/child.ts';
import { launchOwn } from '../../src/embedded/own-process.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { temporalExecutable } from '../../src/embedded/temporal-executable.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import type { Side } from './sides.ts';

export type Say = (line: string) => void;

/** `tuned`: the embedded server as `npm start` runs it; `stock`: `temporal server start-dev` without any option. */
export type ServerKind = 'tuned' | 'stock';

/** Server and client, up; workers come and go. */
export interface System {
  readonly client: Client;
  /** A folder that `stop` removes. */
  readonly folder: string;
  /** Starts a worker process for these sides, with `env` added to its environment, and waits until it polls. */
  startWorker(sides: readonly Side[], env?: Readonly<Record<string, string>>): Promise<Child>;
  stop(): Promise<void>;
}

/** Brings a server up; `stop` ends it and the workers, and removes what they wrote. */
export async function startSystem(kind: ServerKind, say: Say): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fermata-bench-'));
  const server = await (kind === 'tuned' ? throwAwayTemporal() : startStock(dataDir, say));
  const env = ownEnvironment({ TEMPORAL_ADDRESS: server.address });
  const { connection } = await untilConnected(env);
  const workers: Child[] = [];
  return {
    client: new Client({ connection }),
    folder: dataDir,
    async startWorker(sides, more = {}) {
      const name = `worker-${String(workers.length)}`;
      const script = '../../bench/patterns/worker';
      const workerEnv = { ...env, ...more, BENCH_SIDES: sides.join(',') };
      const own = { name, script, ready: 'worker ready', patienceMs: 15_000 };
      const worker = await launchOwn({ ...own, env: workerEnv, dataDir, say });
      workers.push(worker);
      return worker;
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The most memory that a process has held since it started, in MB; `NaN` where the system does not tell. */
export function peakMemoryMb(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1_024;
  } catch {
    return NaN;
  }
}

async function startStock(dataDir: string, say: Say): Promise<{ address: string; stop(): Promise<void> }> {
  const port = await freePort(0);
  const child = await startChild({
    command: await temporalExecutable(loadSettings().cacheDir, say),
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless', '--log-level', 'warn'],
      ...['FermataGates=KeywordList', 'FermataDue=Datetime'].flatMap((key) => ['--search-attribute', key]),
    ],
    recordFile: join(dataDir, 'stock.json'),
    logFile: join(dataDir, 'stock.log'),
  });
  return { address: `127.0.0.1:${String(port)}`, stop: () => child.stop() };
}

async function untilConnected(env: Readonly<Record<string, string | undefined>>): ReturnType<typeof connect> {
  const settings = loadSettings(env);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const connected = await connect(settings);
      await connected.connection.workflowService.describeNamespace({ namespace: 'default' });
      return connected;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Ours, without the variables that lead to somebody else's server. */
function ownEnvironment(own: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(others), ...own };
}
