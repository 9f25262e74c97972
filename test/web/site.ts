/** The whole inbox on throw-away servers: real Temporal, Postgres, worker and web server. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../src/activities/index.ts';
import { findProcess } from '../../src/catalog.ts';
import { loadSettings, type Settings } from '../../src/config.ts';
import { connectWorker } from '../../src/connection.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import { connectRuns, startRun, type Runs } from '../../src/runs.ts';
import { startServer } from '../../src/server.ts';
import { openServices, type OpenServices } from '../../src/services/open.ts';
import { workerOptions } from '../../src/worker.ts';
import { patient } from '../support/until.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export interface Site {
  readonly url: string;
  readonly settings: Settings;
  readonly runs: Runs;
  readonly services: OpenServices;
  /** Hands a document to document-ingestion and returns the id of its run. */
  ingest(content: Uint8Array | string, name: string, requester?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Brings everything up on free ports in a data folder of its own. */
export async function startSite(): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fermata-site-'));
  const [temporal, postgres] = await Promise.all([throwAwayTemporal(), startPostgres(dataDir)]);
  const settings = loadSettings({
    FERMATA_DATA: dataDir,
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    FERMATA_PORT: '0',
    ...patient,
  });
  const services = await openServices(settings);
  const { connection, namespace } = await connectWorker(settings);
  const worker = await Worker.create({
    ...workerOptions(settings),
    connection,
    namespace,
    taskQueue: settings.taskQueue,
    activities: createActivities(services),
    shutdownGraceTime: '1 second',
  });
  const working = worker.run();
  const runs = await connectRuns(settings);
  const server = await startServer(settings, pino({ level: 'warn' }));
  return {
    url: server.url,
    settings,
    runs,
    services,
    ingest: (content, name, requester) => ingest(runs, services, content, name, requester),
    async stop() {
      await server.close();
      await runs.close();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await working;
      await connection.close();
      await services.close();
      await Promise.all([temporal.stop(), postgres.child.stop()]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ingest(
  runs: Runs,
  services: OpenServices,
  content: Uint8Array | string,
  name: string,
  requester?: string,
): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const hash = await services.files.put(bytes);
  const process = findProcess('document-ingestion');
  if (process === undefined) throw new Error('document-ingestion is not in the catalog');
  const input = { hash, name, size: bytes.length, ...(requester === undefined ? {} : { requester }) };
  const id = `review-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  return (await startRun(runs, process, input, { id })).id;
}
