/**
 * The inbox in the browser: what waits for a person, runs, documents. `npm run server`.
 *
 * It asks for no password yet, so it listens on the loopback interface only, for people at this machine. Setting
 * FERMATA_HOST opens it to a network in which everyone may decide as everyone; put a proxy that signs people in before it.
 */
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { pino, type Logger } from 'pino';
import { loadSettings, type Settings } from './config.ts';
import { connectRuns, Unreachable, type Runs } from './runs.ts';
import { openDatabase } from './services/database.ts';
import { watchFolder } from './intake.ts';
import { loadDirectory } from './services/directory.ts';
import { openReader } from './services/documents/reader.ts';
import { openFileStore } from './services/files.ts';
import { createApp } from './web/app.ts';

const help = `Usage: npm run server

Serves the approvals inbox, run pages and documents; first line on stdout when it listens: "inbox ready" with its url.
SIGTERM or Ctrl-C stops it. While Temporal or the database cannot be reached its pages say so, and it tries again.

Environment: FERMATA_PORT (8080), FERMATA_HOST (127.0.0.1), FERMATA_WATCH (a folder whose files are ingested),
FERMATA_USERS, TEMPORAL_ADDRESS or TEMPORAL_PROFILE, DATABASE_URL, FERMATA_DATA, FERMATA_LOG,
FERMATA_VIEW_TIMEOUT_S (5) and FERMATA_ANSWER_TIMEOUT_S (10): seconds that a worker has to answer a page and a decision.

Example: FERMATA_PORT=9000 npm run server`;

const retryMs = 3_000;
const loopback = '127.0.0.1';

/** A server that listens. */
export interface InboxServer {
  readonly url: string;
  /** Stops listening, ends open requests, closes what the pages stand on. */
  close(): Promise<void>;
}

/** Brings the inbox up; it listens at once and connects to Temporal as soon as it can. */
export async function startServer(settings: Settings, log: Logger, host: string = loopback): Promise<InboxServer> {
  const directory = loadDirectory(settings.usersFile);
  const reader = openReader(settings.documents);
  const db = settings.databaseUrl === undefined ? undefined : openDatabase(settings.databaseUrl);
  const stopping = new AbortController();
  let runs: Runs | undefined;
  const app = createApp({
    get runs() {
      return runs;
    },
    db,
    files: openFileStore(settings),
    directory,
    settings,
    log,
    read: (content, name) => reader.read(content, name),
    ...(host === loopback ? {} : { hostNames: undefined }),
  });
  const connected = keepConnecting(settings, log, stopping.signal, (made) => {
    runs = made;
  });
  const watching = watch(settings, log, stopping.signal, () => runs);
  const server = createAdaptorServer({ fetch: app.fetch });
  const close = async (): Promise<void> => {
    stopping.abort();
    await stopListening(server);
    await Promise.all([connected, watching]);
    await Promise.all([runs?.close(), reader.close(), db?.destroy()]);
  };
  try {
    const port = await listen(server, settings.port, host);
    return { url: `http://${host}:${port.toString()}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function watch(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  runs: () => Runs | undefined,
): Promise<void> {
  const { watchFolder: folder } = settings;
  if (folder === undefined) return;
  if (!existsSync(folder)) {
    log.error(`FERMATA_WATCH: there is no folder ${folder}; make it and start again`);
    return;
  }
  log.info({ folder }, 'watching a folder for documents');
  await watchFolder(folder, { runs, log, signal });
}

async function keepConnecting(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  use: (runs: Runs) => void,
): Promise<void> {
  let told = false;
  while (!signal.aborted) {
    try {
      use(await connectRuns(settings));
      if (told) log.info('Temporal reached');
      return;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Unreachable)) {
        log.error(message);
        return;
      }
      if (!told) log.warn(message);
      told = true;
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function listen(server: ServerType, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `port ${port.toString()} is taken; stop what uses it, or set FERMATA_PORT to another.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error);
    });
    server.listen(port, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function stopListening(server: ServerType): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(help);
    return;
  }
  const settings = loadSettings();
  const { host } = settings;
  const log = pino({ level: settings.logLevel, base: { service: 'inbox' } });
  const server = await startServer(settings, log, host);
  log.info({ url: server.url }, 'inbox ready');
  if (host !== loopback) log.warn('FERMATA_HOST is set: everyone who reaches this server may decide as everyone');
  const stop = (): void => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    server.close().then(
      () => {
        log.info('inbox stopped');
      },
      (error: unknown) => {
        log.error(error instanceof Error ? error.message : String(error));
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

if (
  process.argv[1] !== undefined &&
  fileURLToPath(import.meta.url).replace(/\.[jt]s$/, '') === process.argv[1].replace(/\.[jt]s$/, '')
) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
