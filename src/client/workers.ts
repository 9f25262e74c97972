import type { WorkflowService } from '@temporalio/client';
import type { Runs } from '../runs.ts';
import { note } from './terminal.ts';

/** A poll lasts a minute; the server remembers for five who polled. */
const goneMs = 90_000;

/** How many workers poll a task queue for both workflows and activities. */
export async function countWorkers(service: WorkflowService, namespace: string, taskQueue: string): Promise<number> {
  const { TaskQueueType } = (await import('@temporalio/proto')).default.temporal.api.enums.v1;
  const types = [TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY];
  const counts = await Promise.all(
    types.map(async (taskQueueType) => {
      const queue = { namespace, taskQueue: { name: taskQueue }, taskQueueType };
      const { pollers } = await service.describeTaskQueue(queue);
      const present = pollers.filter(
        (poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1_000 > Date.now() - goneMs,
      );
      return new Set(present.map(({ identity }) => identity)).size;
    }),
  );
  return Math.min(...counts);
}

/** Waits for `work`; when it takes a while and no worker is there to do it, says so once. */
export async function withWorkerNote<T>(runs: Runs, work: Promise<T>): Promise<T> {
  const { workflowService, options } = runs.client;
  const { taskQueue } = runs.settings;
  const timer = setTimeout(() => {
    countWorkers(workflowService, options.namespace, taskQueue).then(
      (count) => {
        if (count === 0) note(`no worker polls '${taskQueue}': nothing goes on until one runs (\`npm run worker\`).`);
      },
      // Only a hint: what is wrong shows in the work itself.
      () => undefined,
    );
  }, 3_000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
