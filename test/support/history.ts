/** What a history must show at close. */
import type { WorkflowHandle } from '@temporalio/client';
import { until } from './until.ts';

/** Activities of a closed run that have no terminal event, and its timers that neither fired nor were cancelled. */
export async function leftOpen(handle: WorkflowHandle): Promise<{ activities: string[]; timers: string[] }> {
  return openIn(await handle.fetchHistory());
}

/**
 * Waits until a run waits for nothing but a timer or a message. The test server loses a run that is cancelled in the moment
 * in which one of its activities ends.
 */
export async function untilIdle(handle: WorkflowHandle): Promise<void> {
  await until(async () => {
    const history = await handle.fetchHistory();
    const { events = [] } = history;
    const last = events?.findLast((event) => event.workflowTaskScheduledEventAttributes ?? endOfTask(event));
    return last && endOfTask(last) && openIn(history).activities.length === 0;
  }, `${handle.workflowId} did not become idle`);
}

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

function endOfTask(event: HistoryEvent): boolean {
  return Boolean(event.workflowTaskCompletedEventAttributes);
}

/** Activities and timers that a history leaves open. */
export function openIn({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): {
  activities: string[];
  timers: string[];
} {
  const activities = new Map<string, string>();
  const timers = new Set<string>();
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) activities.set(String(event.eventId), scheduled.activityType?.name ?? '');
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    if (ended) activities.delete(String(ended.scheduledEventId));
    if (event.timerStartedEventAttributes) timers.add(event.timerStartedEventAttributes.timerId ?? '');
    const over = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
    if (over) timers.delete(over.timerId ?? '');
  }
  return { activities: [...activities.values()], timers: [...timers] };
}
