/** The Temporal development server on this machine, with its state in a file and its Web UI. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { loadSettings } from '../config.ts';
import { CannotStart, type Say } from './cannot-start.ts';
import { endRecorded, startChild, type Child } from './child.ts';
import { freePort } from './ports.ts';
import { lastLogLine } from './log.ts';
import { temporalExecutable } from './temporal-executable.ts';

/** A server that runs. */
export interface TemporalServer {
  readonly address: string;
  /** Base address of the Web UI. */
  readonly ui: string;
  readonly child: Child;
}

/** Where a server keeps its state and which ports it takes; both ports have to be free. */
export interface TemporalOptions {
  /** Path of the `temporal` executable. */
  readonly executable: string;
  readonly dataDir: string;
  readonly port: number;
  readonly uiPort: number;
}

const readyMs = 60_000;

// The stock server polls its queues twenty times a second, which costs a lone run some 100 ms for every step.
const tuning = [
  ...['journal_mode=wal', 'synchronous=FULL'].flatMap((pragma) => ['--sqlite-pragma', pragma]),
  ...[
    'history.transferProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxPollRPS=1000',
    'history.visibilityProcessorMaxPollRPS=1000',
    'system.enableActivityEagerExecution=true',
  ].flatMap((value) => ['--dynamic-config-value', value]),
];

/** The files of a server in a data folder. */
export function temporalFiles(dataDir: string): { database: string; record: string; log: string } {
  return {
    database: join(dataDir, 'temporal', 'temporal.db'),
    record: join(dataDir, 'run', 'temporal.json'),
    log: join(dataDir, 'logs', 'temporal.log'),
  };
}

/**
 * Starts the server and waits until it answers; it knows our search attributes. Ends one that an earlier, killed start
 * left on the same data. Throws {@link CannotStart}.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { database, record, log } = temporalFiles(options.dataDir);
  await endTemporalLeftOver(options.dataDir);
  mkdirSync(join(options.dataDir, 'temporal'), { recursive: true });
  const child = await startChild({
    command: options.executable,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)],
      ...['--ui-port', String(options.uiPort), '--db-filename', database, '--log-level', 'warn'],
      ...tuning,
      ...['FermataGates=KeywordList', 'FermataDue=Datetime'].flatMap((key) => ['--search-attribute', key]),
    ],
    // The variables that tell clients where to connect are not for the server.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'))),
    recordFile: record,
    logFile: log,
  });
  const address = `127.0.0.1:${String(options.port)}`;
  try {
    await untilReady(address, child, log);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { address, ui: `http://127.0.0.1:${String(options.uiPort)}`, child };
}

/** Ends a server that an earlier, killed start left on this data; it may hold the ports we want. */
export async function endTemporalLeftOver(dataDir: string): Promise<void> {
  await endRecorded(temporalFiles(dataDir).record, 'SIGTERM');
}

/** A server for one test, on free ports and with a fresh database; `stop` ends it and removes everything. */
export async function throwAwayTemporal(): Promise<TemporalServer & { stop(): Promise<void> }> {
  const say: Say = (line) => process.stderr.write(`${line}\n`);
  const executable = await temporalExecutable(loadSettings().cacheDir, say);
  const dataDir = mkdtempSync(join(tmpdir(), 'fermata-temporal-'));
  const port = await freePort(0);
  const server = await startTemporal({ executable, dataDir, port, uiPort: await freePort(0, new Set([port])) });
  return {
    ...server,
    async stop() {
      await server.child.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function untilReady(address: string, child: Child, log: string): Promise<void> {
  const deadline = Date.now() + readyMs;
  const connection = Connection.lazy({ address, connectTimeout: 1_000 });
  const running = (): boolean => child.end === undefined;
  try {
    while (running() && Date.now() < deadline) {
      try {
        await connection.withDeadline(Date.now() + 2_000, () =>
          connection.workflowService.describeNamespace({ namespace: 'default' }),
        );
        return;
      } catch {
        await pause(100);
      }
    }
  } finally {
    await connection.close();
  }
  const why = running() ? `no answer within ${String(readyMs / 1000)} s` : (child.end ?? '');
  throw new CannotStart(`the Temporal server did not come up (${why}): ${lastLogLine(log)}\nIts log: ${log}`);
}
