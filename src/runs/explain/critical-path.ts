/** The chain of work and waiting that a run's length came from. */
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { HistoryEvent } from './actions.ts';
import type { Span } from './spans.ts';

/** One link: a span, or the wait for a message from outside. */
export interface PathStep {
  readonly name: string;
  readonly kind: Span['kind'] | 'message';
  readonly from: number;
  readonly to: number;
}

/**
 * Walks back from the last event: what was asked for last was asked for by a workflow task, which what ended last before
 * it had called up, and so on to the start. Between the links lie queues and workflow tasks.
 */
export function criticalPath(events: readonly HistoryEvent[], spans: readonly Span[]): readonly PathStep[] {
  const ended = new Map(spans.flatMap((span) => (span.endEvent === undefined ? [] : [[span.endEvent, span] as const])));
  const path: PathStep[] = [];
  let at = { task: lastTask(events, events.length + 1), from: Infinity };
  for (;;) {
    const step = localBefore(spans, at) ?? triggerOf(events, ended, at.task);
    if (step === undefined) return path.reverse();
    path.push({ name: step.name, kind: step.kind, from: step.from, to: step.to });
    at = { task: step.task, from: step.from };
  }
}

interface Link extends PathStep {
  /** The event of the workflow task that asked for it. */
  readonly task: number;
}

/** The local activity of the same workflow task that ended last before. */
function localBefore(spans: readonly Span[], { task, from }: { task: number; from: number }): Link | undefined {
  return spans
    .filter((span) => span.kind === 'localActivity' && span.task === task && span.to <= from && span.from < from)
    .reduce<Span | undefined>((last, span) => (last === undefined || span.to > last.to ? span : last), undefined);
}

/** What ended, or which message came, last before a workflow task began. */
function triggerOf(events: readonly HistoryEvent[], ended: ReadonlyMap<number, Span>, task: number): Link | undefined {
  const before = lastTask(events, task);
  // A message is something to wait for only when the run has done something before it.
  const message = (event: HistoryEvent | undefined): Link | undefined => {
    const name = before > 0 ? messageIn(event) : undefined;
    const time = (id: number): number => tsToMs(events[id - 1]?.eventTime);
    return name === undefined
      ? undefined
      : { name, kind: 'message', from: time(before), to: tsToMs(event?.eventTime), task: before };
  };
  for (let id = task - 1; id > before; id -= 1) {
    const span = ended.get(id);
    if (span && span.kind !== 'localActivity' && span.outcome !== 'cancelled') return span;
    const came = message(events[id - 1]);
    if (came) return came;
  }
  // An update travels with the workflow task itself and is recorded after it.
  return message(events[task]);
}

/** The number of the last event before `id` that completed a workflow task; 0 for none. */
function lastTask(events: readonly HistoryEvent[], id: number): number {
  for (let each = id - 1; each > 0; each -= 1) {
    if (events[each - 1]?.workflowTaskCompletedEventAttributes) return each;
  }
  return 0;
}

function messageIn(event: HistoryEvent | undefined): string | undefined {
  const signal = event?.workflowExecutionSignaledEventAttributes;
  if (signal) return `signal ${signal.signalName ?? ''}`;
  const update = event?.workflowExecutionUpdateAcceptedEventAttributes;
  if (update) return `update ${update.acceptedRequest?.input?.name ?? ''}`;
  return event?.workflowExecutionCancelRequestedEventAttributes ? 'request to cancel' : undefined;
}
