import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Process } from '../catalog.ts';
import { BadInput } from '../connection.ts';
import { inPlainWords, Refused, type Runs } from './session.ts';
import { checkInput } from './start.ts';

/** When a schedule starts runs: by a cron expression in UTC, or again and again after a time in milliseconds. */
export type Timing = { readonly cron: string } | { readonly everyMs: number };

/** A schedule as people see it. Times are ISO. */
export interface ScheduleView {
  readonly id: string;
  /** Workflow type that it starts. */
  readonly starts: string;
  readonly paused: boolean;
  readonly next?: string;
  readonly last?: string;
}

/**
 * Starts a process again and again. A run that is still going when the next is due lets it wait, once. Throws
 * {@link BadInput} when the input does not fit or the cron expression cannot be read, {@link Refused} when the id exists.
 */
export async function createSchedule(
  runs: Runs,
  process: Process,
  input: unknown,
  options: { readonly id: string; readonly timing: Timing },
): Promise<void> {
  const checked = checkInput(process, input);
  const { id, timing } = options;
  try {
    await call(runs, id, () =>
      runs.client.schedule.create({
        scheduleId: id,
        spec: 'cron' in timing ? { cronExpressions: [timing.cron] } : { intervals: [{ every: timing.everyMs }] },
        policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '1 hour' },
        action: {
          type: 'startWorkflow',
          workflowType: process.workflowType,
          workflowId: id,
          taskQueue: runs.settings.taskQueue,
          args: [checked],
          workflowTaskTimeout: '3 seconds',
        },
      }),
    );
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) throw new Refused(`there is a schedule '${id}' already; choose --id.`);
    if ('cron' in timing && (error instanceof TypeError || error instanceof Refused)) {
      throw new BadInput(`--cron '${timing.cron}' cannot be read: ${error.message}`);
    }
    throw error;
  }
}

/** Every schedule, by id. */
export async function listSchedules(runs: Runs): Promise<ScheduleView[]> {
  return call(runs, 'schedules', async () => {
    const found: ScheduleView[] = [];
    for await (const { scheduleId, action, state, info } of runs.client.schedule.list()) {
      const [next] = info.nextActionTimes;
      const last = info.recentActions.at(-1)?.takenAt;
      found.push({
        id: scheduleId,
        starts: action?.workflowType ?? '',
        paused: state.paused,
        ...(next === undefined ? {} : { next: next.toISOString() }),
        ...(last === undefined ? {} : { last: last.toISOString() }),
      });
    }
    return found.sort((a, b) => a.id.localeCompare(b.id));
  });
}

/** Does something to a schedule. Throws {@link BadInput} when it is not there. */
export async function steerSchedule(
  runs: Runs,
  id: string,
  what: 'pause' | 'unpause' | 'delete' | 'trigger',
): Promise<void> {
  const handle = runs.client.schedule.getHandle(id);
  try {
    await call(runs, id, () => handle[what]());
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new BadInput(`there is no schedule '${id}'; \`npm run client -- schedule list\` shows them.`);
  }
}

async function call<T>(runs: Runs, id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await runs.client.withDeadline(Date.now() + runs.settings.limits.serverMs, work);
  } catch (error) {
    if (error instanceof ScheduleNotFoundError || error instanceof ScheduleAlreadyRunning) throw error;
    throw inPlainWords(error, id);
  }
}
