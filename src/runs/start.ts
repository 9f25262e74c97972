import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandleWithFirstExecutionRunId,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { Process } from '../catalog.ts';
import { BadInput } from '../connection.ts';
import { inPlainWords, Refused, webUrl, type Runs } from './session.ts';

/** A run that was started, or that was there before. */
export interface StartedRun {
  readonly id: string;
  readonly runId: string;
  /** Where Temporal's Web UI shows it, when known. */
  readonly url: string | undefined;
  /** The same work runs or was done before; nothing was started. */
  readonly existing: boolean;
  /** What it answered early, when that was asked for; left out if it gave no answer, or none in time. */
  readonly answer?: unknown;
}

export interface StartOptions {
  /** @default what the process makes of its input, else a new one */
  readonly id?: string;
  /** Starts an id again that ran to its end before. @default false */
  readonly allowRerun?: boolean;
  /**
   * What an id that ran before means: refused; the earlier run is the answer, and one that failed may run again; or the
   * same run is the answer, however it ended.
   * @default 'refuse' for an id that was given, 'answer' for one that follows from the input
   */
  readonly earlier?: 'refuse' | 'answer' | 'same';
  /** Waits for the early answer of a process that gives one, as long as a worker has for an answer. @default false */
  readonly awaitAnswer?: boolean;
}

/** Checks input against the schema of a process. Throws {@link BadInput} with a line for each problem. */
export function checkInput(process: Process, input: unknown): unknown {
  const parsed = process.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(
    ({ path, message }) => `  ${path.map(String).join('.') || 'input'}: ${message}`,
  );
  throw new BadInput(`${process.name} cannot start with this input:\n${lines.join('\n')}`);
}

/**
 * Starts one run. Throws {@link BadInput} before anything starts when the input does not fit, and {@link Refused} when
 * the id ran before and may not run again.
 */
export async function startRun(
  runs: Runs,
  process: Process,
  input: unknown,
  options: StartOptions = {},
): Promise<StartedRun> {
  const checked = checkInput(process, input);
  const derived = options.id === undefined ? process.runId?.(checked) : undefined;
  const id = options.id ?? derived ?? `${process.name}-${randomUUID().slice(0, 13)}`;
  const earlier = options.earlier ?? (derived === undefined ? 'refuse' : 'answer');
  const start = {
    workflowId: id,
    taskQueue: runs.settings.taskQueue,
    args: [checked],
    // A task that a lost worker held is given out again after 3 s, not after 10.
    workflowTaskTimeout: '3 seconds',
    workflowIdReusePolicy: reusePolicy(options.allowRerun === true, earlier === 'answer'),
  } as const;
  const update = options.awaitAnswer === true ? process.earlyAnswer : undefined;
  try {
    const { runId, ...answer } =
      update === undefined
        ? await plainStart(runs, process.workflowType, start)
        : await startAndHear(runs, process.workflowType, update, start);
    return { id, runId, url: webUrl(runs, id, runId), existing: false, ...answer };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw inPlainWords(error, id);
    return earlierRun(runs, id, earlier !== 'refuse', options.allowRerun === true);
  }
}

type Start = WorkflowStartOptions & { readonly workflowId: string };

interface Began {
  readonly runId: string;
  readonly answer?: unknown;
}

async function plainStart({ client, settings }: Runs, type: string, start: Start): Promise<Began> {
  const begin = (): Promise<WorkflowHandleWithFirstExecutionRunId> => client.workflow.start(type, start);
  const { firstExecutionRunId: runId } = await client.withDeadline(Date.now() + settings.limits.serverMs, begin);
  return { runId };
}

/** Starts a run and asks for its early answer in one call. The run is there also when it gives none. */
async function startAndHear({ client, settings }: Runs, type: string, update: string, start: Start): Promise<Began> {
  const startWorkflowOperation = new WithStartWorkflowOperation(type, { ...start, workflowIdConflictPolicy: 'FAIL' });
  const call = (): Promise<unknown> => client.workflow.executeUpdateWithStart(update, { startWorkflowOperation });
  const heard = await client.withDeadline(Date.now() + settings.limits.answerMs, call).then(
    (answer) => ({ answer }),
    (error: unknown) => {
      const none =
        error instanceof WorkflowUpdateFailedError || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
      if (none) return {};
      throw error;
    },
  );
  const { runId } = await client.workflow.getHandle(start.workflowId).describe();
  return { runId, ...heard };
}

function reusePolicy(
  allowRerun: boolean,
  failedAgain: boolean,
): 'ALLOW_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY' | 'REJECT_DUPLICATE' {
  if (allowRerun) return 'ALLOW_DUPLICATE';
  return failedAgain ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE';
}

async function earlierRun(runs: Runs, id: string, answer: boolean, allowRerun: boolean): Promise<StartedRun> {
  const { runId, status } = await runs.client.workflow.getHandle(id).describe();
  if (answer) return { id, runId, url: webUrl(runs, id, runId), existing: true };
  const running = status.name === 'RUNNING';
  const how = allowRerun || running ? `see \`npm run client -- status ${id}\`.` : 'use --allow-rerun to run it again.';
  throw new Refused(`'${id}' ${running ? 'is running' : 'ran before'}; nothing was started: ${how}`);
}
