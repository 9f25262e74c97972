/** A report on runs: what happened, added up by process, and the page that shows it. */
import { html } from 'hono/html';
import type { RunFacts } from './run-reader.ts';

/** One process in a report. Times in milliseconds. */
interface ProcessFigures {
  readonly workflowType: string;
  readonly runs: number;
  readonly completed: number;
  readonly failed: number;
  /** Cancelled, terminated or timed out. */
  readonly stopped: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly waitedMs: number;
  readonly iterations: number;
  readonly microUsd: number;
  /** How often each route was taken. */
  readonly routes: Readonly<Record<string, number>>;
  /** How often each stage failed. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What a report says. Times are ISO. */
export interface RunReport {
  readonly from: string;
  readonly to: string;
  readonly runs: number;
  readonly failed: number;
  readonly microUsd: number;
  /** Whether there were more runs than were read. */
  readonly cut: boolean;
  readonly processes: readonly ProcessFigures[];
}

/** Adds up; processes with most runs first. */
export function reportOn(
  facts: readonly RunFacts[],
  period: { readonly from: string; readonly to: string; readonly cut: boolean },
): RunReport {
  const types = [...new Set(facts.map(({ workflowType }) => workflowType))];
  const processes = types
    .map((type) =>
      figuresOf(
        type,
        facts.filter(({ workflowType }) => workflowType === type),
      ),
    )
    .sort((a, b) => b.runs - a.runs || a.workflowType.localeCompare(b.workflowType));
  return {
    ...period,
    runs: facts.length,
    failed: sum(processes.map(({ failed }) => failed)),
    microUsd: sum(facts.map(({ microUsd }) => microUsd)),
    processes,
  };
}

function figuresOf(workflowType: string, facts: readonly RunFacts[]): ProcessFigures {
  const durations = facts.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const completed = facts.filter(({ state }) => state === 'completed').length;
  const failed = facts.filter(({ state }) => state === 'failed').length;
  return {
    workflowType,
    runs: facts.length,
    completed,
    failed,
    stopped: facts.length - completed - failed,
    medianMs: durations[Math.floor((durations.length - 1) / 2)] ?? 0,
    slowestMs: durations.at(-1) ?? 0,
    waitedMs: sum(facts.map(({ waitedMs }) => waitedMs)),
    iterations: sum(facts.map(({ iterations }) => iterations)),
    microUsd: sum(facts.map(({ microUsd }) => microUsd)),
    routes: tally(facts.flatMap(({ routes }) => routes)),
    failures: tally(facts.flatMap(({ failedIn }) => failedIn ?? [])),
  };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a).slice(0, 10));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** The report as one page of HTML that needs nothing else; also readable in a mail. */
export async function renderReport(report: RunReport): Promise<string> {
  const { from, to, runs, failed, microUsd, cut, processes } = report;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Runs from ${day(from)} to ${day(to)}</title>
        <style>
          body {
            font:
              15px/1.5 system-ui,
              sans-serif;
            max-width: 60rem;
            margin: 2rem auto;
            color: #1c1c1c;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          th,
          td {
            text-align: left;
            padding: 0.3rem 0.6rem;
            border-bottom: 1px solid #ddd;
          }
          td.number {
            text-align: right;
            font-variant-numeric: tabular-nums;
          }
        </style>
      </head>
      <body>
        <h1>Runs from ${day(from)} to ${day(to)}</h1>
        <p>
          ${String(runs)} runs closed, ${String(failed)} failed; models cost $${(microUsd / 1e6).toFixed(4)}.
          ${cut ? 'There were more: this report counts the most recent ones.' : ''}
        </p>
        ${bars(processes)}
        <table>
          <tr>
            ${['process', 'runs', 'failed', 'stopped', 'median', 'slowest', 'waited for people', 'rounds', 'paths taken', 'failed in'].map((head) => html`<th>${head}</th>`)}
          </tr>
          ${processes.map(row)}
        </table>
      </body>
    </html>`;
  return (await page).toString();
}

function row(each: ProcessFigures) {
  const numbers = [
    String(each.runs),
    String(each.failed),
    String(each.stopped),
    duration(each.medianMs),
    duration(each.slowestMs),
    duration(each.waitedMs),
    String(each.iterations),
  ];
  return html`<tr>
    <td>${each.workflowType}</td>
    ${numbers.map((text) => html`<td class="number">${text}</td>`)}
    <td>${listed(each.routes)}</td>
    <td>${listed(each.failures)}</td>
  </tr>`;
}

/** Runs by process as bars: completed, failed, stopped. */
function bars(processes: readonly ProcessFigures[]) {
  const most = Math.max(1, ...processes.map(({ runs }) => runs));
  const width = (count: number): number => Math.round((count / most) * 480);
  const parts = processes.map((each, at) => {
    const y = at * 26;
    const a = width(each.completed);
    const b = width(each.failed);
    return html`<text x="0" y="${String(y + 15)}">${each.workflowType}</text>
      <rect x="190" y="${String(y + 3)}" width="${String(a)}" height="16" fill="#3a7d44" />
      <rect x="${String(190 + a)}" y="${String(y + 3)}" width="${String(b)}" height="16" fill="#b3261e" />
      <rect
        x="${String(190 + a + b)}"
        y="${String(y + 3)}"
        width="${String(width(each.stopped))}"
        height="16"
        fill="#a8a29a"
      />
      <text x="${String(196 + width(each.runs))}" y="${String(y + 15)}">${String(each.runs)}</text>`;
  });
  return html`<svg
    role="img"
    aria-label="Runs by process"
    width="740"
    height="${String(processes.length * 26 + 4)}"
    style="font: 13px system-ui, sans-serif"
  >
    ${parts}
  </svg>`;
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${String(count)}`)
    .join(', ');
}

function duration(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

function day(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
