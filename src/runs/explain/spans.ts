/** What a run did and waited for, as spans of time read from its history. */
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { HistoryEvent } from './actions.ts';

/** How a span ended; `open`: it has not. */
type SpanOutcome = 'done' | 'failed' | 'timedOut' | 'cancelled' | 'open';

/** An activity, a child workflow or a timer. Times are ms since 1970. */
export interface Span {
  readonly name: string;
  readonly kind: 'activity' | 'localActivity' | 'child' | 'timer';
  /** When the workflow asked for it. */
  readonly from: number;
  /** When its last attempt started to work; the time before went into queues and earlier attempts. */
  started: number;
  /** When it ended, or `now` while it is open. */
  to: number;
  outcome: SpanOutcome;
  attempts: number;
  /** Number of the event that completed the workflow task which asked for it. */
  readonly task: number;
  /** Number of the event that ended it. */
  endEvent?: number;
}

const ends: Readonly<
  Record<string, readonly ['scheduledEventId' | 'startedEventId' | 'initiatedEventId', SpanOutcome]>
> = {
  activityTaskCompletedEventAttributes: ['scheduledEventId', 'done'],
  activityTaskFailedEventAttributes: ['scheduledEventId', 'failed'],
  activityTaskTimedOutEventAttributes: ['scheduledEventId', 'timedOut'],
  activityTaskCanceledEventAttributes: ['scheduledEventId', 'cancelled'],
  timerFiredEventAttributes: ['startedEventId', 'done'],
  timerCanceledEventAttributes: ['startedEventId', 'cancelled'],
  childWorkflowExecutionCompletedEventAttributes: ['initiatedEventId', 'done'],
  childWorkflowExecutionFailedEventAttributes: ['initiatedEventId', 'failed'],
  childWorkflowExecutionTimedOutEventAttributes: ['initiatedEventId', 'timedOut'],
  childWorkflowExecutionCanceledEventAttributes: ['initiatedEventId', 'cancelled'],
  childWorkflowExecutionTerminatedEventAttributes: ['initiatedEventId', 'cancelled'],
  startChildWorkflowExecutionFailedEventAttributes: ['initiatedEventId', 'failed'],
};

/** The spans of a history in the order in which they were asked for. `now` ends those that are open. */
export function readSpans(events: readonly HistoryEvent[], now: number): readonly Span[] {
  const spans = new Map<number, Span>();
  let taskStarted = 0;
  let task = 0;
  for (const event of events) {
    const id = Number(event.eventId);
    const at = tsToMs(event.eventTime);
    if (event.workflowTaskStartedEventAttributes) taskStarted = at;
    if (event.workflowTaskCompletedEventAttributes) task = id;
    const begun = spanOf(event, at, now, task) ?? localSpanOf(event, taskStarted, task);
    if (begun) spans.set(id, begun);
    const started = event.activityTaskStartedEventAttributes;
    const running = started && spans.get(Number(started.scheduledEventId));
    if (running) Object.assign(running, { started: at, attempts: started.attempt ?? 1 });
    endSpan(event, id, at, spans);
  }
  return [...spans.values()];
}

function spanOf(event: HistoryEvent, at: number, now: number, task: number): Span | undefined {
  const span = (kind: Span['kind'], name: string | null | undefined): Span => ({
    ...{ kind, name: name ?? kind, from: at, started: at, to: now },
    ...{ outcome: 'open', attempts: 1, task },
  });
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) return span('activity', activity.activityType?.name);
  const timer = event.timerStartedEventAttributes;
  if (timer) return span('timer', `timer of ${length(tsToMs(timer.startToFireTimeout))}`);
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  return child ? span('child', child.workflowType?.name) : undefined;
}

function length(ms: number): string {
  if (ms >= 3_600_000) return `${String(Math.round(ms / 360_000) / 10)} h`;
  return ms >= 60_000 ? `${String(Math.round(ms / 6_000) / 10)} min` : `${String(ms / 1_000)} s`;
}

interface LocalTime {
  readonly seconds: number;
  readonly nanos: number;
}

interface LocalData {
  readonly activity_type?: string;
  readonly attempt?: number;
  readonly complete_time?: LocalTime | null;
  readonly original_schedule_time?: LocalTime | null;
}

/** Local activities leave a marker when they have ended; it is all there is of them. */
function localSpanOf(event: HistoryEvent, taskStarted: number, task: number): Span | undefined {
  const marker = event.markerRecordedEventAttributes;
  const bytes = marker?.details?.['data']?.payloads?.[0]?.data;
  if (marker?.markerName !== 'core_local_activity' || !bytes) return undefined;
  const data = JSON.parse(Buffer.from(bytes).toString()) as LocalData;
  // Its times come from the worker's clock: nothing of it lies outside the workflow task that ran it.
  const ended = tsToMs(event.eventTime);
  const within = (time: LocalTime | null | undefined, earliest: number, latest: number): number =>
    time ? Math.min(latest, Math.max(earliest, Math.round(time.seconds * 1_000 + time.nanos / 1_000_000))) : latest;
  const to = within(data.complete_time, taskStarted, ended);
  const from = within(data.original_schedule_time, taskStarted, to);
  return {
    ...{ kind: 'localActivity', name: data.activity_type ?? 'local activity', from, started: from, to },
    outcome: marker.failure ? 'failed' : 'done',
    attempts: data.attempt ?? 1,
    task,
    endEvent: Number(event.eventId),
  };
}

function endSpan(event: HistoryEvent, id: number, at: number, spans: ReadonlyMap<number, Span>): void {
  for (const [name, [field, outcome]] of Object.entries(ends)) {
    const attributes = (event as Readonly<Record<string, unknown>>)[name] as Readonly<Record<string, unknown>> | null;
    const span = attributes ? spans.get(Number(attributes[field])) : undefined;
    if (span) Object.assign(span, { to: at, outcome, endEvent: id });
  }
}
