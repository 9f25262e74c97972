import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { BadInput } from '../connection.ts';
import type { Bar, Explanation } from '../runs/explain.ts';
import { barKey, criticalKeys, picture } from '../runs/explain/picture.ts';
import { clean, duration } from './format.ts';
import { show, withRuns, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

interface ExplainFlags extends CommonOptions {
  readonly html?: string;
}

const shownBars = 60;
const barWidth = 50;

/** `explain`: where the time of a run went, and what it took. */
export function addExplain(program: Command): void {
  example(program.command('explain'), [
    'explain document-ingestion-4f2a',
    'explain document-ingestion-4f2a --html run.html',
  ])
    .description('time line, critical path, waiting against working, retries, events, billable actions')
    .argument('<id>', 'run id')
    .option('--html <file>', 'also write a picture into this file')
    .action(async (id: string, options: ExplainFlags) => {
      const { explainRun } = await import('../runs/explain.ts');
      const explanation = await withRuns((runs) => explainRun(runs, id));
      const { html } = options;
      if (html !== undefined) await writePicture(html, explanation);
      const lines = [...factLines(explanation), '', ...barLines(explanation), '', ...pathLines(explanation)];
      show(options, explanation, [...lines, ...(html === undefined ? [] : ['', `Picture: ${html}`])].join('\n'));
    });
}

async function writePicture(file: string, explanation: Explanation): Promise<void> {
  try {
    await writeFile(file, picture(explanation, factLines(explanation)));
  } catch (error) {
    throw new BadInput(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The figures of a run, a line for each kind. */
function factLines(explanation: Explanation): string[] {
  const { id, process, state, elapsedMs, workMs, parallelism, workingMs, waitingMs } = explanation;
  const { retries, events, historyBytes, actions, routes, costUsd } = explanation;
  return [
    `${process}  ${id}`,
    `${state}, took ${duration(elapsedMs)}: working ${duration(workingMs)}, waiting ${duration(waitingMs)}`,
    `${duration(workMs)} of work in all, ${parallelism.toFixed(2)} at a time; ${plural(retries, 'retry', 'retries')}`,
    `${plural(events, 'event')} (${(historyBytes / 1_024).toFixed(1)} KB), ${plural(actions, 'billable action')}`,
    ...(routes.length === 0 ? [] : [`Path taken: ${routes.join(' → ')}`]),
    ...(costUsd === undefined ? [] : [`Models: ${costUsd.toFixed(4)} USD`]),
  ].map(clean);
}

/** The time line: `░` waits for a worker or between attempts, `█` works, `*` is on the critical path. */
function barLines(explanation: Explanation): string[] {
  const { elapsedMs } = explanation;
  const critical = criticalKeys(explanation);
  const bars = shownOf(explanation, critical);
  const width = Math.max(0, ...bars.map(({ name }) => Math.min(clean(name).length, 32)));
  const lines = bars.map((bar) => {
    const name = clean(bar.name).slice(0, 32).padEnd(width);
    const notes = [
      bar.outcome === 'done' ? '' : bar.outcome,
      bar.attempts > 1 ? `${String(bar.attempts)} attempts` : '',
    ].filter((note) => note !== '');
    const tail = [duration(bar.to - bar.from), ...notes].join(', ');
    return `${critical.has(barKey(bar)) ? '*' : ' '} ${name}  ${drawn(bar, elapsedMs)}  ${tail}`;
  });
  const left = explanation.bars.length - bars.length;
  return left > 0 ? [...lines, `  … and ${String(left)} shorter ones`] : lines;
}

/** All of them, or what is on the critical path and the longest. */
function shownOf({ bars }: Explanation, critical: ReadonlySet<string>): readonly Bar[] {
  if (bars.length <= shownBars) return bars;
  const weight = (bar: Bar): number => (critical.has(barKey(bar)) ? Infinity : bar.to - bar.from);
  const kept = new Set([...bars].sort((a, b) => weight(b) - weight(a) || 0).slice(0, shownBars));
  return bars.filter((bar) => kept.has(bar));
}

function drawn({ from, started, to }: Bar, elapsedMs: number): string {
  const column = (at: number): number =>
    Math.min(barWidth - 1, Math.max(0, Math.floor((at / Math.max(1, elapsedMs)) * barWidth)));
  const cells = Array.from({ length: barWidth }, (_, at) => {
    if (at < column(from) || at > column(to)) return '·';
    return at < column(started) ? '░' : '█';
  });
  return cells.join('');
}

function pathLines({ criticalPath, elapsedMs }: Explanation): string[] {
  const onPath = criticalPath.reduce((total, { from, to }) => total + to - from, 0);
  const steps = criticalPath.map(({ name, from, to }) => `${name} ${duration(to - from)}`);
  const shown =
    steps.length > 30 ? [...steps.slice(0, 15), `… ${String(steps.length - 30)} more`, ...steps.slice(-15)] : steps;
  const rest = duration(Math.max(0, elapsedMs - onPath));
  return [clean(`Critical path: ${shown.join(' → ') || 'none'}; ${rest} between them`)];
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
