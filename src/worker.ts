/** The worker process: runs workflows and activities until SIGTERM, then drains. `npm run worker`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { pino, stdSerializers } from 'pino';
import { createActivities } from './activities/index.ts';
import { heartbeats } from './activities/heartbeat.ts';
import { loadSettings, type Settings } from './config.ts';
import { connect, connectWorker } from './connection.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { openServices } from './services/open.ts';

const help = `Usage: npm run worker

Runs Fermata's workflows and activities against a Temporal server; as many as wanted, on as many machines.
SIGTERM or Ctrl-C drains: work in flight gets 20 s to finish.

Environment: TEMPORAL_ADDRESS or TEMPORAL_PROFILE, DATABASE_URL, FERMATA_DATA, FERMATA_TASK_QUEUE,
FERMATA_MAX_ACTIVITIES, FERMATA_METRICS_PORT (Prometheus), FERMATA_LOG.

Example: TEMPORAL_ADDRESS=temporal.example.com:7233 DATABASE_URL=postgres://db.example.com/fermata npm run worker`;

/** The workflows: built ahead by \`npm run build\` if that was done, else bundled from the sources now. */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  const built = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { workflowBundle: { codePath: built } };
  const path = (name: string): string => fileURLToPath(new URL(`./workflows/${name}.ts`, import.meta.url));
  return { workflowsPath: path('index'), interceptors: { workflowModules: [path('interceptors')] } };
}

/** How every worker of ours runs, in production and in tests. */
export function workerOptions(settings: Pick<Settings, 'maxActivities'>) {
  const code = workflowCode();
  return {
    ...code,
    interceptors: { ...code.interceptors, activity: [() => ({ inbound: heartbeats() })] },
    maxConcurrentActivityTaskExecutions: settings.maxActivities,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: 100,
    shutdownGraceTime: '20 seconds',
    // A lost worker's runs are looked for elsewhere after a second, not after ten.
    stickyQueueScheduleToStartTimeout: '1 second',
  } satisfies Partial<WorkerOptions>;
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(help);
    return;
  }
  const settings = loadSettings();
  // The SDK's name for it; without this an error would be logged without its message.
  const serializers = { error: stdSerializers.err };
  const log = pino({ level: settings.logLevel, base: { service: 'worker' }, serializers });
  installRuntime(settings, log);

  const [services] = await Promise.all([openServices(settings), prepareServer(settings)]);
  try {
    const { connection, namespace, address } = await connectWorker(settings);
    try {
      const worker = await Worker.create({
        ...workerOptions(settings),
        connection,
        namespace,
        taskQueue: settings.taskQueue,
        activities: createActivities(services),
      });
      log.info({ address, namespace, taskQueue: settings.taskQueue }, 'worker ready');
      await worker.run();
      log.info('worker stopped');
    } finally {
      await connection.close();
    }
  } finally {
    await services.close();
  }
}

/** Makes sure that the server knows our search attributes before a run sets one. */
async function prepareServer(settings: Settings): Promise<void> {
  const { connection, namespace } = await connect(settings);
  await registerSearchAttributes(connection, namespace).finally(() => connection.close());
}

function installRuntime(settings: Settings, log: pino.Logger): void {
  const { metricsPort } = settings;
  Runtime.install({
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const write = level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : level === 'INFO' ? 'info' : 'debug';
      log[write](meta ?? {}, message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: 'WARN' },
      ...(metricsPort === 0 ? {} : { metrics: { prometheus: { bindAddress: `127.0.0.1:${String(metricsPort)}` } } }),
    },
  });
}

if (
  process.argv[1] !== undefined &&
  fileURLToPath(import.meta.url).replace(/\.[jt]s$/, '') === process.argv[1].replace(/\.[jt]s$/, '')
) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
}
