/** Where the time of a recovery went, read from the histories of the runs that were in flight. */
import proto from '@temporalio/proto';
import type { Runs } from '../src/runs.ts';
import { inLanes, type Sent } from './ingestion-check.ts';

const { EventType } = proto.temporal.api.enums.v1;
type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** What runs that were in flight waited for longest after the kill. */
export interface Wait {
  /** The events around it. */
  readonly between: string;
  readonly runs: number;
  readonly longestSeconds: number;
}

interface Pause {
  readonly between: string;
  readonly ms: number;
}

/** The longest pause of each run after `killedAt` (ms since 1970), the longest of all first. */
export async function longestWaits(runs: Runs, sent: readonly Sent[], killedAt: number): Promise<readonly Wait[]> {
  const pauses = await inLanes(sent, async ({ run }) => {
    const history = await runs.client.workflow.getHandle(run.id, run.runId).fetchHistory();
    return longestPause(history.events ?? [], killedAt);
  });
  const found = pauses.filter((pause) => pause !== undefined);
  return [...new Set(found.map(({ between }) => between))]
    .map((between) => {
      const same = found.filter((pause) => pause.between === between);
      return { between, runs: same.length, longestSeconds: Math.max(...same.map(({ ms }) => ms)) / 1000 };
    })
    .sort((a, b) => b.longestSeconds - a.longestSeconds);
}

function longestPause(events: readonly HistoryEvent[], killedAt: number): Pause | undefined {
  // In the order they happened: a step's start is written down only when it ends.
  const ordered = events.map((event) => ({ event, at: timeOf(event) })).sort((a, b) => a.at - b.at);
  const pauses = ordered.slice(1).map(({ event, at }, index): Pause => {
    const before = ordered[index];
    const since = Math.max(before?.at ?? at, killedAt);
    return { between: `${nameOf(before?.event)} – ${nameOf(event)}`, ms: at - since };
  });
  return pauses.filter(({ ms }) => ms > 0).sort((a, b) => b.ms - a.ms)[0];
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.round((eventTime?.nanos ?? 0) / 1e6);
}

function nameOf(event: HistoryEvent | undefined): string {
  const name = (EventType[event?.eventType ?? 0] ?? '').replace('EVENT_TYPE_', '').replaceAll('_', ' ').toLowerCase();
  const attempt = event?.activityTaskStartedEventAttributes?.attempt ?? 1;
  return attempt > 1 ? `${name} (attempt ${String(attempt)})` : name;
}
