/**
 * Undoes what runs have left behind that were ended from outside. A run that is terminated or times out executes no
 * code any more, so its saga is neither finished nor undone. Its history still is the saga's journal: the run is reset
 * to its last completed task, where all of its state comes back, and cancelled there, so that its own code undoes.
 */
import { randomUUID } from 'node:crypto';
import type { ProgressNode } from '../workflows/patterns/run-state.ts';
import { summaryOfRun } from './describe.ts';
import { listRuns } from './list.ts';
import { askToAct, historyMs, Refused, withLimit, type Runs } from './session.ts';

/**
 * What was found. `undoing`: the run goes on as `runId` and undoes. `pastPivot`: it could only go forward, so nothing
 * is undone; redrive it or look after it. `nothing`: it is not such a run, or no saga of it was open.
 */
export interface Swept {
  readonly id: string;
  readonly status: 'undoing' | 'pastPivot' | 'nothing';
  readonly runId?: string;
}

/**
 * Sweeps one run, the latest of its id. Safe to repeat: a run that was swept is no longer one that was ended from
 * outside. Steps that were under way are undone like any other whose outcome nobody knows; a step of the last task may
 * be done once more, under its own key, before it is undone.
 *
 * Throws `BadInput` for an unknown run and {@link Refused} or `WorkerBusy` when no worker answers in time.
 */
export async function sweepRun(runs: Runs, id: string): Promise<Swept> {
  const { state, runId } = await summaryOfRun(runs, id);
  if (state !== 'terminated' && state !== 'timedOut') return { id, status: 'nothing' };
  const handle = runs.client.workflow.getHandle(id, runId);
  const progress = await askToAct(runs, id, () => handle.query<ProgressNode | undefined>('progress'));
  const open = progress === undefined ? [] : openSagas(progress);
  if (open.length === 0) return { id, status: 'nothing' };
  if (open.every(({ outcome }) => outcome === 'past the pivot')) return { id, status: 'pastPivot' };
  const next = await reset(runs, id, runId);
  await withLimit(runs, id, () => runs.client.workflow.getHandle(id, next).cancel());
  return { id, status: 'undoing', runId: next };
}

/** Sweeps all runs on our task queue that were ended from outside, and says which there was something to do about. */
export async function sweepRuns(runs: Runs, limit = 1_000): Promise<Swept[]> {
  const ended = await Promise.all(['terminated', 'timedOut'].map((state) => listRuns(runs, { state, limit })));
  const swept: Swept[] = [];
  for (const id of new Set(ended.flat().map((run) => run.id))) swept.push(await sweepRun(runs, id));
  return swept.filter(({ status }) => status !== 'nothing');
}

function openSagas(node: ProgressNode): ProgressNode[] {
  const own = node.kind === 'saga' && node.state === 'running' ? [node] : [];
  return [...own, ...node.children.flatMap(openSagas)];
}

async function reset(runs: Runs, workflowId: string, runId: string): Promise<string> {
  const handle = runs.client.workflow.getHandle(workflowId, runId);
  const history = await withLimit(runs, workflowId, () => handle.fetchHistory(), historyMs);
  const last = history.events?.findLast((event) => event.workflowTaskCompletedEventAttributes);
  if (!last?.eventId) throw new Refused(`'${workflowId}' has done nothing that could be undone.`);
  const answer = await withLimit(runs, workflowId, () =>
    runs.client.workflowService.resetWorkflowExecution({
      namespace: runs.client.options.namespace,
      workflowExecution: { workflowId, runId },
      reason: 'swept: undo what it has left behind',
      workflowTaskFinishEventId: last.eventId ?? null,
      requestId: randomUUID(),
    }),
  );
  return answer.runId;
}
