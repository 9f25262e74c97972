/** What a run leaves on the server. */
import proto from '@temporalio/proto';
import type { WorkflowHandle } from '@temporalio/client';
import { countActions, type HistoryEvent } from '../../src/runs/explain/actions.ts';

/** One history in figures. */
export interface HistoryFigures {
  /** All events. */
  readonly events: number;
  /** Events without those of workflow tasks: they follow from the code alone, whatever the timing. */
  readonly codeEvents: number;
  /** Workflow tasks: how many depends on what arrives together. */
  readonly tasks: number;
  readonly bytes: number;
  readonly actions: number;
}

/** Reads a closed run's history and counts. */
export async function measureHistory(handle: WorkflowHandle): Promise<HistoryFigures> {
  const history = await handle.fetchHistory();
  const events: readonly HistoryEvent[] = history.events ?? [];
  const ofTasks = events.filter(isOfTask).length;
  return {
    events: events.length,
    codeEvents: events.length - ofTasks,
    tasks: events.filter((event) => event.workflowTaskCompletedEventAttributes).length,
    bytes: proto.temporal.api.history.v1.History.encode(history).finish().length,
    actions: countActions(events),
  };
}

function isOfTask(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowTaskScheduledEventAttributes ??
    event.workflowTaskStartedEventAttributes ??
    event.workflowTaskCompletedEventAttributes ??
    event.workflowTaskFailedEventAttributes ??
    event.workflowTaskTimedOutEventAttributes,
  );
}
