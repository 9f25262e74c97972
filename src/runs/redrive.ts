import { randomUUID } from 'node:crypto';
import { isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import type { Resumable } from '../workflows/patterns/resume.ts';
import { summaryOfRun } from './describe.ts';
import { askToAct, Refused, webUrl, withLimit, type Runs } from './session.ts';
import type { RunSummary } from './summary.ts';

/** A run that goes on where an earlier one with the same id ended. */
export interface RedrivenRun {
  readonly id: string;
  readonly runId: string;
  /** How many finished pieces of work it does not execute again. */
  readonly finished: number;
  readonly url: string | undefined;
}

const { WorkflowIdReusePolicy } = proto.temporal.api.enums.v1;

type Started = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

const resumeHeader = 'fermata-resume';
const alreadyExists = 6;

/**
 * Starts an ended run again, with the same id and the same input. What it had finished returns its value at once; what failed,
 * was cancelled or was replaced by a default is executed.
 *
 * Throws `BadInput` for an unknown run and {@link Refused} for one that is running, that ended well, or whose finished work
 * is too large to hand over; {@link Refused} or `WorkerBusy` when no worker answers for it in time.
 */
export async function redriveRun(runs: Runs, id: string): Promise<RedrivenRun> {
  const summary = await summaryOfRun(runs, id);
  if (summary.state === 'running') throw new Refused(`'${id}' is still running; there is nothing to redrive.`);
  const handle = runs.client.workflow.getHandle(id, summary.runId);
  const { partial, token } = await askToAct(runs, id, () => handle.query<Resumable>('resume'));
  if (summary.state === 'completed' && !partial) {
    throw new Refused(`'${id}' ended well; there is nothing to redrive.`);
  }
  const payload = defaultPayloadConverter.toPayload(token);
  if ((payload.data?.length ?? 0) > 1_000_000) {
    throw new Refused(`'${id}' has finished work of more than 1 MB; \`start\` it again instead.`);
  }
  const first = await startOf(runs, summary);
  const runId = await startAgain(runs, id, {
    ...first,
    header: { fields: { ...first.header?.fields, [resumeHeader]: payload } },
  });
  return { id, runId, finished: Object.keys(token.finished).length, url: webUrl(runs, id, runId) };
}

/** The first event of a run: what it was started with, byte by byte. */
async function startOf(runs: Runs, { id, runId }: RunSummary): Promise<Started> {
  const { history } = await withLimit(runs, id, () =>
    runs.client.workflowService.getWorkflowExecutionHistory({
      namespace: runs.client.options.namespace,
      execution: { workflowId: id, runId },
      maximumPageSize: 1,
    }),
  );
  const first = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  if (!first) throw new Refused(`the server no longer has the history of '${id}'.`);
  return first;
}

async function startAgain(runs: Runs, workflowId: string, first: Started): Promise<string> {
  // What waited in the earlier run is for the new one to say.
  const { FermataGates: _gates, FermataDue: _due, ...indexedFields } = first.searchAttributes?.indexedFields ?? {};
  try {
    const { runId } = await runs.client.withDeadline(Date.now() + runs.settings.limits.serverMs, () =>
      runs.client.workflowService.startWorkflowExecution({
        namespace: runs.client.options.namespace,
        workflowId,
        workflowType: first.workflowType ?? null,
        taskQueue: { name: first.taskQueue?.name ?? '' },
        input: first.input ?? null,
        header: first.header ?? null,
        memo: first.memo ?? null,
        searchAttributes: { indexedFields },
        workflowExecutionTimeout: first.workflowExecutionTimeout ?? null,
        workflowRunTimeout: first.workflowRunTimeout ?? null,
        workflowTaskTimeout: first.workflowTaskTimeout ?? null,
        retryPolicy: first.retryPolicy ?? null,
        identity: 'fermata client',
        requestId: randomUUID(),
        workflowIdReusePolicy: WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
      }),
    );
    return runId;
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === alreadyExists) {
      throw new Refused(`'${workflowId}' is running again already; nothing was done.`, { cause: error });
    }
    throw error;
  }
}
