import { msToNumber } from '@temporalio/common/lib/time.js';
import type { Command } from 'commander';
import { findProcess } from '../catalog.ts';
import { BadInput } from '../connection.ts';
import type { Timing } from '../runs/schedules.ts';
import { moment } from './format.ts';
import { inputFor, type InputFlags } from './input.ts';
import { self, show, withRuns, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

interface CreateFlags extends CommonOptions, InputFlags {
  readonly cron?: string;
  readonly every?: string;
  readonly id?: string;
}

/** `schedule create`, `list`, `pause`, `resume`, `trigger` and `delete`. */
export function addSchedule(program: Command): void {
  const schedule = example(program.command('schedule'), [
    'schedule create scheduled-report --cron "0 7 * * 1-5"',
    'schedule list',
    'schedule pause scheduled-report',
  ]).description('starts a process again and again');

  example(schedule.command('create'), [
    'schedule create scheduled-report --every "24 hours" --set hours=24',
    'schedule create data-sync --cron "30 * * * *" --id hourly-sync',
  ])
    .description('creates a schedule, after checking the input; without --input on the sample')
    .argument('<process>', 'name of the process')
    .option('--cron <expression>', 'when, in UTC: minute hour day month weekday')
    .option('--every <duration>', 'how often, such as "6 hours"')
    .option('--id <id>', 'id of the schedule; the name of the process if left out')
    .option('--input <file>', 'JSON input; - is stdin')
    .option('--set <key=value...>', 'sets values of the input: a.b=1 c=text')
    .option('--as <user>', 'who asks for it (and so may not approve it)')
    .action(create);

  example(schedule.command('list'), ['schedule list'])
    .description('every schedule, and when it starts next')
    .action(list);

  const steers = { pause: 'pause', resume: 'unpause', trigger: 'trigger', delete: 'delete' } as const;
  const said = { pause: 'paused', resume: 'goes on', trigger: 'starts a run now', delete: 'deleted' } as const;
  for (const name of Object.keys(steers) as (keyof typeof steers)[]) {
    example(schedule.command(name), [`schedule ${name} scheduled-report`])
      .description(name === 'trigger' ? 'starts a run of a schedule now' : `${name}s a schedule`)
      .argument('<id>', 'id of the schedule')
      .action(async (id: string, flags: CommonOptions) => {
        const { steerSchedule } = await import('../runs/schedules.ts');
        await withRuns((runs) => steerSchedule(runs, id, steers[name]));
        show(flags, { id, status: said[name] }, `'${id}': ${said[name]}`);
      });
  }
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const process = findProcess(name);
  if (!process) throw new BadInput(`there is no process '${name}'; \`${self} processes\` shows them.`);
  const timing = timingOf(flags);
  const input = await inputFor(process, flags);
  const id = flags.id ?? process.name;
  const { createSchedule } = await import('../runs/schedules.ts');
  await withRuns((runs) => createSchedule(runs, process, input, { id, timing }));
  show(flags, { id, process: process.name }, `schedule '${id}' starts ${process.name}; see \`${self} schedule list\``);
}

function timingOf({ cron, every }: CreateFlags): Timing {
  if ((cron === undefined) === (every === undefined)) throw new BadInput('say when: either --cron or --every.');
  if (cron !== undefined) return { cron };
  const everyMs = durationOf(every ?? '');
  if (everyMs === undefined || everyMs < 1_000) {
    throw new BadInput(`--every '${every ?? ''}': expected a duration of at least a second, such as "6 hours".`);
  }
  return { everyMs };
}

function durationOf(text: string): number | undefined {
  try {
    const ms: unknown = msToNumber(text);
    return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
  } catch {
    return undefined;
  }
}

async function list(flags: CommonOptions): Promise<void> {
  const { listSchedules } = await import('../runs/schedules.ts');
  const schedules = await withRuns((runs) => listSchedules(runs));
  const lines = schedules.map(({ id, starts, paused, next, last }) => {
    const when = paused ? 'paused' : next === undefined ? 'no next run' : `next ${moment(next)}`;
    return `${id}  ${starts}  ${when}${last === undefined ? '' : `, last ${moment(last)}`}`;
  });
  show(flags, { schedules }, lines.length === 0 ? 'no schedules' : lines.join('\n'));
}
