import type { WorkflowExecutionInfo } from '@temporalio/client';
import { catalog } from '../catalog.ts';
import { BadInput } from '../connection.ts';
import type { GateView } from '../workflows/patterns/gate-messages.ts';
import { webUrl, withLimit, type Runs } from './session.ts';
import { runStates, statusName, summaryOf, unansweredGates, type RunState, type RunSummary } from './summary.ts';
import { gatesOf } from './describe.ts';

export interface ListOptions {
  /** Name in the catalog, or a workflow type. */
  readonly process?: string;
  /** A {@link RunState}. @default all but `continuedAsNew` */
  readonly state?: string;
  /** Only the children of the run of this id. */
  readonly parent?: string;
  /** @default 20 */
  readonly limit?: number;
}

/** Something that waits for a person. */
export interface InboxItem {
  readonly id: string;
  readonly runId: string;
  readonly process: string;
  readonly gate: GateView;
  readonly overdue: boolean;
  readonly url?: string;
}

export interface InboxOptions {
  /** Only gates that one of these roles may decide. With `user`: or that this user may. */
  readonly roles?: readonly string[];
  readonly user?: string;
  /** Only those past their deadline. @default false */
  readonly overdue?: boolean;
  /** @default 100 */
  readonly limit?: number;
}

/** The runs on our task queue, newest first. */
export async function listRuns(runs: Runs, options: ListOptions = {}): Promise<RunSummary[]> {
  const limit = options.limit ?? 20;
  const filters = [`TaskQueue = ${quoted(runs.settings.taskQueue)}`];
  if (options.process !== undefined) filters.push(`WorkflowType = ${quoted(workflowTypeOf(options.process))}`);
  if (options.parent !== undefined) filters.push(`ParentWorkflowId = ${quoted(options.parent)}`);
  // Visibility lists running runs before closed ones and takes no order: newest first needs both.
  const states =
    options.state === undefined
      ? [`ExecutionStatus = 'Running'`, `ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')`]
      : [`ExecutionStatus = '${statusName(checkState(options.state))}'`];
  const found = await Promise.all(states.map((state) => find(runs, [...filters, state].join(' AND '), limit)));
  return found
    .flat()
    .map(summaryOf)
    .sort((a, b) => b.started.localeCompare(a.started))
    .slice(0, limit);
}

/** What waits for a person, across all runs, the earliest deadline first. */
export async function listInbox(runs: Runs, options: InboxOptions = {}): Promise<InboxItem[]> {
  const limit = options.limit ?? 100;
  const who = approversOf(options);
  const filters = [
    `TaskQueue = ${quoted(runs.settings.taskQueue)}`,
    `ExecutionStatus = 'Running'`,
    who === undefined ? 'FermataGates IS NOT NULL' : `FermataGates IN (${who.map(quoted).join(', ')})`,
    ...(options.overdue === true ? [`FermataDue < '${new Date().toISOString()}'`] : []),
  ];
  const waiting = await find(runs, filters.join(' AND '), limit);
  const items: InboxItem[] = [];
  const next = waiting.values();
  const askNext = async (): Promise<void> => {
    for (const info of next) items.push(...(await itemsOf(runs, info)));
  };
  await Promise.all(Array.from({ length: 8 }, askNext));
  return items
    .filter(({ gate }) => who === undefined || gate.approvers.some((approver) => who.includes(approver)))
    .filter(({ overdue }) => options.overdue !== true || overdue)
    .sort((a, b) => a.gate.due.localeCompare(b.gate.due));
}

function approversOf({ roles, user }: InboxOptions): readonly string[] | undefined {
  if (roles === undefined && user === undefined) return undefined;
  return [...(roles ?? []).map((role) => `role:${role}`), ...(user === undefined ? [] : [`user:${user}`])];
}

async function itemsOf(runs: Runs, info: WorkflowExecutionInfo): Promise<InboxItem[]> {
  const { id, runId, process } = summaryOf(info);
  const asked = await gatesOf(runs, id, runId).catch(() => undefined);
  const open = asked?.filter((gate) => gate.state === 'open') ?? unansweredGates(info);
  const url = webUrl(runs, id, runId);
  return open.map((gate) => ({
    id,
    runId,
    process,
    gate,
    overdue: Date.parse(gate.due) < Date.now(),
    ...(url === undefined ? {} : { url }),
  }));
}

function find(runs: Runs, query: string, limit: number): Promise<WorkflowExecutionInfo[]> {
  return withLimit(runs, query, async () => {
    const found: WorkflowExecutionInfo[] = [];
    for await (const info of runs.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
      found.push(info);
      if (found.length >= limit) break;
    }
    return found;
  });
}

function workflowTypeOf(process: string): string {
  return catalog.find(({ name }) => name === process)?.workflowType ?? process;
}

function checkState(state: string): RunState {
  const known = runStates.find((each) => each.toLowerCase() === state.toLowerCase());
  if (known === undefined) throw new BadInput(`unknown state '${state}'; one of ${runStates.join(', ')}.`);
  return known;
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
