/** What a history must show at close. */
import type { WorkflowHandle } from '@temporalio/client';

/** Activities of a closed run that have no terminal event, and its timers that neither fired nor were cancelled. */
export async function leftOpen(handle: WorkflowHandle): Promise<{ activities: string[]; timers: string[] }> {
  return openIn(await handle.fetchHistory());
}

/** The same, of a history that has been fetched. */
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
