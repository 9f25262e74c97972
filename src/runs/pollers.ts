import type { WorkflowService } from '@temporalio/client';
import proto from '@temporalio/proto';

const { TaskQueueType } = proto.temporal.api.enums.v1;
const types = {
  workflow: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activity: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;

/** A poll lasts a minute; the server remembers for five who polled. */
const goneMs = 90_000;

/** Names of the workers that poll a task queue; also of those that have stopped within the last 90 seconds. */
export async function pollersOf(
  service: WorkflowService,
  namespace: string,
  taskQueue: string,
  type: keyof typeof types,
): Promise<ReadonlySet<string>> {
  const { pollers } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: types[type],
  });
  const since = Date.now() - goneMs;
  const present = pollers.filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > since);
  return new Set(present.map(({ identity }) => identity ?? ''));
}
