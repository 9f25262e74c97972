import type { WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { catalog } from '../catalog.ts';
import type { GateView } from '../workflows/patterns/gate-messages.ts';

/** Where a run can stand, and what Temporal's visibility calls it. */
const statusNames = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Canceled',
  terminated: 'Terminated',
  timedOut: 'TimedOut',
  continuedAsNew: 'ContinuedAsNew',
} as const;

export type RunState = keyof typeof statusNames;
export const runStates = Object.keys(statusNames) as RunState[];

/** A run in one line. Times are ISO. */
export interface RunSummary {
  readonly id: string;
  readonly runId: string;
  /** Its name in the catalog, or its workflow type. */
  readonly process: string;
  readonly state: RunState;
  readonly started: string;
  readonly closed?: string;
  /** The earliest deadline of its open gates. */
  readonly due?: string;
  /** Names of its open gates. */
  readonly gates: readonly string[];
}

const gatesKey = defineSearchAttributeKey('FermataGates', 'KEYWORD_LIST');
const dueKey = defineSearchAttributeKey('FermataDue', 'DATETIME');

/** What visibility calls a state. */
export function statusName(state: RunState): string {
  return statusNames[state];
}

export function summaryOf(info: Omit<WorkflowExecutionInfo, 'raw'>): RunSummary {
  const due = info.typedSearchAttributes.get(dueKey);
  return {
    id: info.workflowId,
    runId: info.runId,
    process: catalog.find((process) => process.workflowType === info.type)?.name ?? info.type,
    state: stateOf(info.status.name),
    started: info.startTime.toISOString(),
    ...(info.closeTime === undefined ? {} : { closed: info.closeTime.toISOString() }),
    ...(due === undefined || info.closeTime !== undefined ? {} : { due: due.toISOString() }),
    gates: info.closeTime === undefined ? attributesOf(info).gates : [],
  };
}

/** What the search attribute of open gates holds: their names, and who may decide. */
function attributesOf(info: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>): {
  gates: readonly string[];
  approvers: readonly string[];
} {
  const all = info.typedSearchAttributes.get(gatesKey) ?? [];
  const prefix = 'gate:';
  return {
    gates: all.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length)),
    approvers: all.filter((each) => !each.startsWith(prefix)),
  };
}

/** What the server itself knows about the gates of a run that no worker answers for: they still wait for a person. */
export function unansweredGates(info: Omit<WorkflowExecutionInfo, 'raw'>): GateView[] {
  const { gates, approvers } = attributesOf(info);
  const due = summaryOf(info).due ?? info.startTime.toISOString();
  return gates.map((name) => ({
    name,
    state: 'open',
    subject: null,
    subjectHash: '',
    approvers,
    requester: null,
    quorum: 1,
    editable: false,
    editableTexts: [],
    openedAt: info.startTime.toISOString(),
    due,
    votes: [],
    audit: [],
  }));
}

function stateOf(name: WorkflowExecutionInfo['status']['name']): RunState {
  switch (name) {
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timedOut';
    case 'CONTINUED_AS_NEW':
      return 'continuedAsNew';
    case 'RUNNING':
    case 'PAUSED':
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      return 'running';
  }
}
