import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { categoryOf, rootOf } from '../failures.ts';
import type { GateView } from '../workflows/patterns/gate-messages.ts';
import type { ProgressNode } from '../workflows/patterns/run-state.ts';
import { askToShow, Refused, webUrl, withLimit, WorkerBusy, type Ask, type Runs } from './session.ts';
import { summaryOf, unansweredGates, type RunSummary } from './summary.ts';

/** Why something failed, in the words of whoever raised it. */
export interface RunFailure {
  readonly type?: string;
  readonly category?: string;
  readonly message: string;
  /** Only for a step that is being tried again: its name and how often it was tried. */
  readonly step?: string;
  readonly attempt?: number;
}

/** All there is to say about a run without reading its history. */
export interface RunDetails {
  readonly summary: RunSummary;
  /** `undefined` when no worker answers. */
  readonly progress: ProgressNode | undefined;
  /** When no worker answers, only what the server knows: name, approvers, deadline. */
  readonly gates: readonly GateView[];
  /** Why it failed; of a running one, the last failure of a step that is being tried again. */
  readonly failure?: RunFailure;
  /** What keeps us from knowing more, in one line. */
  readonly note?: string;
  /** A worker is there but has not answered yet: look again in a moment. */
  readonly busy?: true;
  readonly url?: string;
}

/** Looks at a run. Throws `BadInput` for an id that is not there. */
export async function describeRun(runs: Runs, id: string): Promise<RunDetails> {
  const handle = runs.client.workflow.getHandle(id);
  const info = await withLimit(runs, id, () => handle.describe());
  const summary = summaryOf(info);
  const [progress, gates, failure] = await Promise.all([
    progressOf(runs, id, summary.runId).catch(() => undefined),
    gatesOf(runs, id, summary.runId).catch((error: unknown) => ({ error })),
    summary.state === 'running' ? retryingStep(info.raw) : endOf(runs, id, summary.runId),
  ]);
  const url = webUrl(runs, id, summary.runId);
  const about = {
    summary,
    progress,
    ...(failure === undefined ? {} : { failure }),
    ...(url === undefined ? {} : { url }),
  };
  if (!('error' in gates)) return { ...about, gates };
  const note = noteOn(summary, info.raw.pendingWorkflowTask?.attempt ?? 1, gates.error);
  return {
    ...about,
    gates: summary.state === 'running' ? unansweredGates(info) : [],
    note,
    ...(gates.error instanceof WorkerBusy ? { busy: true } : {}),
  };
}

/** Where a run stands, asked from the server alone. Throws `BadInput` for an id that is not there. */
export async function summaryOfRun(runs: Runs, id: string): Promise<RunSummary> {
  const handle = runs.client.workflow.getHandle(id);
  return summaryOf(await withLimit(runs, id, () => handle.describe()));
}

/** The gates of a run, open and closed. Throws `Refused` or `WorkerBusy` when no worker answers in time. */
export async function gatesOf(runs: Runs, id: string, runId?: string, ask: Ask = askToShow): Promise<GateView[]> {
  const handle = runs.client.workflow.getHandle(id, runId);
  return ask(runs, id, () => handle.query<GateView[]>('gates'));
}

/** How far a run is. Throws `Refused` or `WorkerBusy` when no worker answers in time. */
async function progressOf(runs: Runs, id: string, runId: string): Promise<ProgressNode | undefined> {
  const handle = runs.client.workflow.getHandle(id, runId);
  return askToShow(runs, id, () => handle.query<ProgressNode | undefined>('progress'));
}

/** What an error of a run means: type and category of the innermost failure, and its message. */
export function failureOf(error: unknown): RunFailure {
  const outer = error instanceof WorkflowFailedError ? error.cause : error;
  const root = rootOf(outer);
  const category = categoryOf(outer);
  const type = typeOf(root);
  return {
    ...(type === undefined ? {} : { type }),
    ...(category === undefined ? {} : { category }),
    message: root instanceof Error ? root.message : String(root),
  };
}

function typeOf(root: unknown): string | undefined {
  if (root instanceof ApplicationFailure) return root.type ?? undefined;
  if (root instanceof TimeoutFailure) return 'Timeout';
  if (root instanceof TerminatedFailure) return 'Terminated';
  return undefined;
}

async function endOf(runs: Runs, id: string, runId: string): Promise<RunFailure | undefined> {
  try {
    await withLimit(runs, id, () => runs.client.workflow.getHandle(id, runId, { followRuns: false }).result());
    return undefined;
  } catch (error) {
    return error instanceof WorkflowFailedError ? failureOf(error) : undefined;
  }
}

interface Pending {
  readonly pendingActivities?:
    | readonly {
        readonly activityType?: { readonly name?: string | null } | null;
        readonly attempt?: number | null;
        readonly lastFailure?: {
          readonly message?: string | null;
          readonly applicationFailureInfo?: { readonly type?: string | null } | null;
        } | null;
      }[]
    | null;
}

function retryingStep({ pendingActivities }: Pending): RunFailure | undefined {
  const failing = pendingActivities?.find((each) => each.lastFailure);
  if (!failing?.lastFailure) return undefined;
  const type = failing.lastFailure.applicationFailureInfo?.type;
  return {
    ...(type ? { type } : {}),
    message: failing.lastFailure.message ?? 'failed',
    step: failing.activityType?.name ?? 'step',
    attempt: failing.attempt ?? 1,
  };
}

function noteOn(summary: RunSummary, taskAttempt: number, error: unknown): string {
  if (taskAttempt > 2)
    return `its workflow code fails (attempt ${String(taskAttempt)}); the log of the worker says why.`;
  if (error instanceof WorkerBusy) return 'not yet: the worker is busy and has not answered.';
  if (!(error instanceof Refused)) return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  if (summary.state === 'running') return 'no worker answers for it; start one with `npm run worker`.';
  return 'no worker answers, so its steps cannot be shown; start one with `npm run worker`.';
}
