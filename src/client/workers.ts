import type { WorkflowService } from '@temporalio/client';
import type { Runs } from '../runs.ts';
import { note } from './terminal.ts';

/** How many workers poll a task queue for both workflows and activities. */
export async function countWorkers(service: WorkflowService, namespace: string, taskQueue: string): Promise<number> {
  const { pollersOf } = await import('../runs/pollers.ts');
  const [forWorkflows, forActivities] = await Promise.all([
    pollersOf(service, namespace, taskQueue, 'workflow'),
    pollersOf(service, namespace, taskQueue, 'activity'),
  ]);
  return Math.min(forWorkflows.size, forActivities.size);
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
