/**
 * The worker process of the pattern bench: one worker a side, each on its own task queue and with its own bundle. Which
 * sides, BENCH_SIDES says. Prints one line of JSON when it is ready.
 */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { heartbeats } from '../../src/activities/heartbeat.ts';
import { activities } from './activities.ts';
import { batchActivities } from './batch-activities.ts';
import { sides, taskQueueOf, type Side } from './sides.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const logger = new DefaultLogger('ERROR');

async function createWorker(connection: NativeConnection, side: Side): Promise<Worker> {
  const interceptors = side === 'ours' ? [path('../../src/workflows/interceptors.ts')] : [];
  return Worker.create({
    connection,
    taskQueue: taskQueueOf(side),
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: path(`./${side}.ts`),
      workflowInterceptorModules: interceptors,
      logger,
    }),
    activities: { ...activities, ...batchActivities },
    // As in src/worker.ts.
    interceptors: { activity: [() => ({ inbound: heartbeats() })] },
    maxConcurrentActivityTaskExecutions: 40,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: 100,
    stickyQueueScheduleToStartTimeout: '1 second',
  });
}

Runtime.install({ logger, shutdownSignals: ['SIGTERM', 'SIGINT'] });
const wanted = process.env['BENCH_SIDES']?.split(',') ?? sides;
const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const workers = await Promise.all(
  sides.filter((side) => wanted.includes(side)).map((side) => createWorker(connection, side)),
);
const running = Promise.all(workers.map((worker) => worker.run()));
process.stdout.write(`${JSON.stringify({ level: 30, msg: 'worker ready' })}\n`);
await running;
await connection.close();
