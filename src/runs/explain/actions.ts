/** What a run would be billed for on Temporal Cloud, as far as its history shows. */
import type { temporal } from '@temporalio/proto';

/** One event of a history as the server sends it. */
export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const freeMarkers = ['core_patch', 'Version'];

/**
 * Counts billable actions by Temporal Cloud's published rules: the start 1, each activity 1 and each retry of it 1, a
 * timer 1, a signal 1 (a signal that started the run 0), an update 1, an upsert of search attributes 1, a child workflow
 * 2, all local activities of one workflow task 1 and each retry of them 1, a continue-as-new 1 (counted with the run
 * that it starts). Heartbeats and queries are billed too and leave no event, so they are not in this number.
 */
export function countActions(events: readonly HistoryEvent[]): number {
  const tasksWithMarkers = new Set<string>();
  return events.reduce((total, event) => total + actionsOf(event, tasksWithMarkers), 0);
}

function actionsOf(event: HistoryEvent, tasksWithMarkers: Set<string>): number {
  if (event.workflowExecutionSignaledEventAttributes) return String(event.eventId) === '2' ? 0 : 1;
  if (event.activityTaskStartedEventAttributes) return (event.activityTaskStartedEventAttributes.attempt ?? 1) - 1;
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 2;
  if (event.upsertWorkflowSearchAttributesEventAttributes) {
    const names = Object.keys(
      event.upsertWorkflowSearchAttributesEventAttributes.searchAttributes?.indexedFields ?? {},
    );
    return names.length === 1 && names[0] === 'TemporalChangeVersion' ? 0 : 1;
  }
  if (event.markerRecordedEventAttributes) {
    const { markerName, workflowTaskCompletedEventId } = event.markerRecordedEventAttributes;
    const task = String(workflowTaskCompletedEventId);
    if (freeMarkers.includes(markerName ?? '') || tasksWithMarkers.has(task)) return 0;
    tasksWithMarkers.add(task);
    return 1;
  }
  if (event.workflowTaskCompletedEventAttributes) {
    const repeated =
      event.workflowTaskCompletedEventAttributes.meteringMetadata?.nonfirstLocalActivityExecutionAttempts ?? 0;
    return Math.min(repeated, 100);
  }
  return isOneAction(event) ? 1 : 0;
}

function isOneAction(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionStartedEventAttributes ??
    event.activityTaskScheduledEventAttributes ??
    event.timerStartedEventAttributes ??
    event.workflowExecutionUpdateAcceptedEventAttributes ??
    event.workflowExecutionUpdateRejectedEventAttributes ??
    event.signalExternalWorkflowExecutionInitiatedEventAttributes ??
    event.nexusOperationScheduledEventAttributes,
  );
}
