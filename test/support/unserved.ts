/** Runs that nobody works on: without a worker, and with one that polls but never answers. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { pollersOf } from '../../src/runs/pollers.ts';
import { until } from './until.ts';

const gates = defineSearchAttributeKey('FermataGates', 'KEYWORD_LIST');
const due = defineSearchAttributeKey('FermataDue', 'DATETIME');

/** Starts a run that the server knows to wait for a reviewer, on a task queue that no worker of the test polls. */
export async function startUnserved(client: Client, taskQueue: string, workflowId: string): Promise<void> {
  await client.workflow.start('documentIngestion', {
    taskQueue,
    workflowId,
    args: [{ path: 'none.pdf' }],
    typedSearchAttributes: [
      { key: gates, value: ['gate:review', 'role:reviewer'] },
      { key: due, value: new Date('2100-01-01') },
    ],
  });
}

/** Polls a task queue as a worker does whose process is too busy for anything else; `stop` ends it. */
export async function pollWithoutAnswer(client: Client, taskQueue: string): Promise<{ stop(): Promise<void> }> {
  const ending = new AbortController();
  const request = { namespace: client.options.namespace, taskQueue: { name: taskQueue }, identity: 'too busy' };
  const { workflowService } = client;
  const pollOnce = (): Promise<unknown> =>
    client.withDeadline(Date.now() + 70_000, () => workflowService.pollWorkflowTaskQueue(request));
  const poll = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await client.withAbortSignal(ending.signal, pollOnce).catch((error: unknown) => {
        if (!ending.signal.aborted) throw error;
      });
    }
  };
  const polling = poll();
  await until(
    async () => (await pollersOf(workflowService, request.namespace, taskQueue, 'workflow')).size > 0,
    `no poller on ${taskQueue}`,
  );
  return {
    async stop() {
      ending.abort();
      await polling;
    },
  };
}
