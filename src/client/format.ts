import Table from 'cli-table3';
import type { GateView } from '../workflows/patterns/gate-messages.ts';
import type { ProgressNode } from '../workflows/patterns/run-state.ts';
import type { RunDetails, RunFailure } from '../runs.ts';
import { self } from './terminal.ts';

const marks: Readonly<Record<ProgressNode['state'], string>> = {
  running: '…',
  done: '✓',
  failed: '✗',
  cancelled: '⊘',
  timedOut: '✗',
  defaulted: '✓',
};

/** Rows under a head, without lines. Empty: only the head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = {
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    'bottom-mid': '',
    'bottom-left': '',
    top: '',
    bottom: '',
  };
  const blank = {
    'bottom-right': '',
    'left-mid': '',
    'mid-mid': '',
    'right-mid': '',
    mid: '',
    left: '',
    right: '',
    middle: '  ',
  };
  const made = new Table({
    head: [...head],
    chars: { ...none, ...blank },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  made.push(...rows.map((row) => row.map(clean)));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Text from documents and people, without what would move the cursor or break the line. */
export function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/** `340 ms`, `2.1 s`, `3 min 20 s`, `5 h 12 min`, `2 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${String(Math.max(0, Math.round(ms)))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const first = units.findIndex(([size]) => ms >= size);
  const [big, small] = units.slice(first, first + 2);
  if (!big || !small) return `${String(Math.round(ms / 1_000))} s`;
  const rest = Math.floor((ms % big[0]) / small[0]);
  return `${String(Math.floor(ms / big[0]))} ${big[1]}${rest > 0 ? ` ${String(rest)} ${small[1]}` : ''}`;
}

/** `2026-11-21 06:10:09`, local time. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** `5 h left` or `overdue by 5 min`. */
export function timeLeft(due: string, now = Date.now()): string {
  const left = Date.parse(due) - now;
  return left < 0 ? `overdue by ${duration(-left)}` : `${duration(left)} left`;
}

/** A failure in one line. */
export function failureLine(failure: RunFailure): string {
  const kind = [failure.type, failure.category].filter((each) => each !== undefined).join(', ');
  const tries = failure.step === undefined ? '' : `${failure.step}, attempt ${String(failure.attempt ?? 1)}: `;
  return clean(`${tries}${kind === '' ? '' : `${kind}: `}${failure.message}`);
}

/** A node of the progress tree in one line. */
export function nodeLine(node: ProgressNode, now = Date.now()): string {
  const took = duration((node.end === undefined ? now : Date.parse(node.end)) - Date.parse(node.start));
  const kind = node.kind === 'stage' || node.kind === 'step' || node.kind === 'workflow' ? '' : ` (${node.kind})`;
  const outcome = node.outcome === undefined ? '' : `  ${node.outcome}`;
  return clean(`${marks[node.state]} ${node.name}${kind}  ${took}${outcome}`);
}

/** The progress tree, a line a node; long lists of finished siblings are cut in the middle. */
export function treeLines(node: ProgressNode, indent = ''): string[] {
  const lines = node.children.length > 40 ? shortened(node.children) : node.children;
  return lines.flatMap((child) =>
    typeof child === 'string'
      ? [`${indent}${child}`]
      : [`${indent}${nodeLine(child)}`, ...treeLines(child, `${indent}  `)],
  );
}

function shortened(children: readonly ProgressNode[]): (ProgressNode | string)[] {
  const notable = children.filter((child, at) => child.state !== 'done' || at < 10 || at >= children.length - 10);
  const shown = notable.slice(0, 40);
  return [...shown, `  … and ${String(children.length - shown.length)} more`];
}

/** An open gate: who may decide, how long there is, and the command that does it. */
export function gateLines(id: string, gate: GateView): string[] {
  const approvals = gate.votes.filter(({ vote }) => vote === 'approve').length;
  const quorum = gate.quorum > 1 ? `, ${String(approvals)} of ${String(gate.quorum)} approvals` : '';
  const who = gate.approvers.join(' or ');
  const version = gate.edited === undefined ? '' : ` --subject ${gate.subjectHash}`;
  return [
    `Waits at gate '${gate.name}' for ${who}: ${timeLeft(gate.due)} (until ${moment(gate.due)})${quorum}`,
    ...(gate.edited === undefined ? [] : [`  changed by an approver to ${JSON.stringify(gate.edited).slice(0, 400)}`]),
    `  ${self} approve ${shellWord(id)} --gate ${shellWord(gate.name)} --as USER${version}`,
  ].map(clean);
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Everything about a run that fits on a screen. */
export function detailLines(details: RunDetails): string[] {
  const { summary, progress, gates, failure, note, url } = details;
  const end = summary.closed === undefined ? Date.now() : Date.parse(summary.closed);
  const open = gates.filter((gate) => gate.state === 'open');
  const state = summary.state === 'running' && open.length > 0 ? 'waiting for a person' : summary.state;
  return [
    `${summary.process}  ${summary.id}`,
    `${state}, started ${moment(summary.started)}, ${summary.closed === undefined ? 'for' : 'took'} ${duration(end - Date.parse(summary.started))}`,
    ...(progress === undefined ? [] : treeLines(progress)),
    ...(summary.state === 'running' ? open.flatMap((gate) => gateLines(summary.id, gate)) : []),
    ...(failure === undefined || summary.state === 'cancelled'
      ? []
      : [`${summary.state === 'running' ? 'Last failure' : 'Failure'}: ${failureLine(failure)}`]),
    ...(note === undefined ? [] : [`Note: ${note}`]),
    ...(url === undefined ? [] : [url]),
  ];
}
