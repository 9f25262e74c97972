import proto from '@temporalio/proto';
import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { ProgressNode } from '../workflows/patterns/run-state.ts';
import { describeRun } from './describe.ts';
import { countActions, type HistoryEvent } from './explain/actions.ts';
import { criticalPath, type PathStep } from './explain/critical-path.ts';
import { readSpans, type Span } from './explain/spans.ts';
import { historyMs, withLimit, type Runs } from './session.ts';

/** One line of a run's time line. Times are ms from the start of the run. */
export interface Bar {
  readonly name: string;
  /** `branch`, `item` and `gate` come from the progress tree, so only while a worker answers. */
  readonly kind: Span['kind'] | 'branch' | 'item' | 'gate';
  readonly from: number;
  /** When the last attempt started to work. */
  readonly started: number;
  readonly to: number;
  readonly outcome: string;
  readonly attempts: number;
}

/** Where the time of a run went, and what it took. Times in ms. */
export interface Explanation {
  readonly id: string;
  readonly process: string;
  readonly state: string;
  readonly elapsedMs: number;
  /** Sum of the work of activities and children. */
  readonly workMs: number;
  /** How parallel it was: `workMs / elapsedMs`. */
  readonly parallelism: number;
  /** Time in which at least one of them worked; the rest is waiting: for people, timers, workers and the server. */
  readonly workingMs: number;
  readonly waitingMs: number;
  readonly retries: number;
  /** The routes taken, in order; empty when no worker answers. */
  readonly routes: readonly string[];
  readonly events: number;
  readonly historyBytes: number;
  /** Billable actions as far as the history shows them. */
  readonly actions: number;
  /** What models cost, in US dollars, where the result says so. */
  readonly costUsd?: number;
  readonly bars: readonly Bar[];
  /** What the run's length came from, first to last. */
  readonly criticalPath: readonly PathStep[];
}

/** Explains the latest run of an id from its history. Throws `BadInput` for an id that is not there. */
export async function explainRun(runs: Runs, id: string): Promise<Explanation> {
  const { summary, progress } = await describeRun(runs, id);
  const handle = runs.client.workflow.getHandle(id, summary.runId);
  const history = await withLimit(runs, id, () => handle.fetchHistory(), historyMs);
  const historyBytes = proto.temporal.api.history.v1.History.encode(history).finish().length;
  const { process, state } = summary;
  return { id, process, state, historyBytes, ...explainHistory(history.events ?? [], progress) };
}

/** The same from a history alone. `progress` adds branches, gates and routes; `now` is the end of what is still open. */
export function explainHistory(
  events: readonly HistoryEvent[],
  progress: ProgressNode | undefined,
  now = Date.now(),
): Omit<Explanation, 'id' | 'process' | 'state' | 'historyBytes'> {
  const start = tsToMs(events[0]?.eventTime);
  const last = events.at(-1);
  const end = last && isEnd(last) ? tsToMs(last.eventTime) : Math.max(now, start);
  const spans = readSpans(events, end);
  const work = spans.filter(({ kind }) => kind !== 'timer');
  const workMs = work.reduce((total, span) => total + span.to - span.started, 0);
  const workingMs = Math.min(covered(work), end - start);
  const costUsd = costOf(last);
  return {
    elapsedMs: end - start,
    workMs,
    parallelism: workMs / Math.max(1, end - start),
    workingMs,
    waitingMs: end - start - workingMs,
    retries: spans.reduce((total, span) => total + span.attempts - 1, 0),
    routes: progress === undefined ? [] : nodesOf(progress, ['route', 'when']).map(({ name }) => name),
    events: events.length,
    actions: countActions(events),
    ...(costUsd === undefined ? {} : { costUsd }),
    bars: barsOf(spans, progress, start, end),
    criticalPath: criticalPath(events, spans).map((step) => ({
      ...step,
      from: step.from - start,
      to: step.to - start,
    })),
  };
}

function barsOf(
  spans: readonly Span[],
  progress: ProgressNode | undefined,
  start: number,
  end: number,
): readonly Bar[] {
  const own = spans.map(({ name, kind, from, started, to, outcome, attempts }) => ({
    ...{ name, kind, outcome, attempts },
    ...{ from: from - start, started: started - start, to: to - start },
  }));
  const kinds = ['branch', 'item', 'gate'] as const;
  const nodes = progress === undefined ? [] : nodesOf(progress, kinds);
  const tree = nodes.map(({ name, kind, state, start: from, end: to }): Bar => {
    const begun = Date.parse(from) - start;
    const done = (to === undefined ? end : Date.parse(to)) - start;
    return { name, kind: kind as 'branch', outcome: state, attempts: 1, from: begun, started: begun, to: done };
  });
  return [...own, ...tree].sort((a, b) => a.from - b.from || b.to - a.to);
}

function nodesOf(node: ProgressNode, kinds: readonly string[]): readonly ProgressNode[] {
  return node.children.flatMap((child) => [...(kinds.includes(child.kind) ? [child] : []), ...nodesOf(child, kinds)]);
}

/** The time that at least one of the spans covers. */
function covered(spans: readonly Span[]): number {
  let total = 0;
  let until = 0;
  for (const { started, to } of [...spans].sort((a, b) => a.started - b.started)) {
    total += Math.max(0, to - Math.max(started, until));
    until = Math.max(until, to);
  }
  return total;
}

function isEnd(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionCompletedEventAttributes ??
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes ??
    event.workflowExecutionCanceledEventAttributes ??
    event.workflowExecutionTerminatedEventAttributes ??
    event.workflowExecutionContinuedAsNewEventAttributes,
  );
}

/** `cost` of a result: dollars, or `{ usd }`, or `{ microUsd }`. */
function costOf(last: HistoryEvent | undefined): number | undefined {
  const payload = last?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0];
  if (!payload) return undefined;
  const result: unknown = defaultPayloadConverter.fromPayload(payload);
  const cost = (result as { cost?: unknown } | null)?.cost;
  if (typeof cost === 'number') return cost;
  const { usd, microUsd } = (cost ?? {}) as { usd?: unknown; microUsd?: unknown };
  if (typeof usd === 'number') return usd;
  return typeof microUsd === 'number' ? microUsd / 1_000_000 : undefined;
}
