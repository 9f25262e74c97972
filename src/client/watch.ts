import type { RunDetails, RunFailure, Runs } from '../runs.ts';
import type { ProgressNode } from '../workflows/patterns/run-state.ts';
import { clean, detailLines, failureLine, gateLines, moment, nodeLine, shellWord } from './format.ts';
import { interruptible, markFailed, note, self, show, type CommonOptions } from './terminal.ts';
import { withWorkerNote } from './workers.ts';

const everyMs = 500;

/**
 * Shows a run on stderr until it ends: redrawn on a terminal, else a line for each change. A run that continued as a
 * new one is watched on. Ctrl-C ends the client with 130 and leaves the run alone.
 */
export async function watchRun(runs: Runs, id: string): Promise<RunDetails> {
  const { describeRun } = await import('../runs.ts');
  const draw = process.stderr.isTTY ? redraw() : printChanges();
  return interruptible(goesOn(id), async () => {
    for (;;) {
      const details = await describeRun(runs, id);
      draw(details);
      const { closed, state } = details.summary;
      if (closed !== undefined && state !== 'continuedAsNew') return details;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  });
}

/** What is left to say when the client ends before the run does. */
function goesOn(id: string): string {
  return `'${id}' goes on; see it with \`${self} watch ${shellWord(id)}\`.`;
}

/** Waits for the end of a run as {@link endOf} does, for a person: says when no worker is there; Ctrl-C may end it. */
export function awaitEnd(runs: Runs, id: string): Promise<RunEnd> {
  return interruptible(goesOn(id), () => withWorkerNote(runs, endOf(runs, id)));
}

/** Waits for the end of a run and prints its result, or why there is none. */
export async function showEnd(runs: Runs, id: string, options: CommonOptions): Promise<void> {
  const end = await awaitEnd(runs, id);
  if ('result' in end) {
    show(options, end.result, JSON.stringify(end.result ?? null, null, 2));
    return;
  }
  const { failure, state } = end;
  markFailed();
  if (options.json === true) show(options, { error: { code: 'failed', ...failure }, id, state }, '');
  else note(`'${id}' ${state}: ${failureLine(failure)}`);
}

/** How a run ended. */
export type RunEnd =
  | { readonly state: 'completed'; readonly result: unknown }
  | { readonly state: 'failed' | 'cancelled' | 'terminated' | 'timedOut'; readonly failure: RunFailure };

/** Waits for the end of a run; `signal` ends the waiting. Throws `BadInput` for an unknown run. */
export async function endOf(runs: Runs, id: string, signal?: AbortSignal): Promise<RunEnd> {
  const [{ failureOf, inPlainWords }, { WorkflowFailedError }, common] = await Promise.all([
    import('../runs.ts'),
    import('@temporalio/client'),
    import('@temporalio/common'),
  ]);
  const result = (): Promise<unknown> => runs.client.workflow.getHandle(id).result();
  try {
    const value = await (signal === undefined ? result() : runs.client.withAbortSignal(signal, result));
    return { state: 'completed', result: value };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw inPlainWords(error, id);
    const { cause } = error;
    const failure = failureOf(error);
    if (cause instanceof common.CancelledFailure) return { state: 'cancelled', failure };
    if (cause instanceof common.TerminatedFailure) return { state: 'terminated', failure };
    return { state: cause instanceof common.TimeoutFailure ? 'timedOut' : 'failed', failure };
  }
}

function redraw(): (details: RunDetails) => void {
  let drawn = 0;
  return (details) => {
    const { columns, rows } = process.stderr;
    const lines = detailLines(details).slice(0, Math.max(5, rows - 1));
    const cut = lines.map((line) => (line.length >= columns ? `${line.slice(0, columns - 2)}…` : line));
    process.stderr.write(`${drawn === 0 ? '' : `\u001b[${String(drawn)}A\u001b[J`}${cut.join('\n')}\n`);
    drawn = cut.length;
  };
}

function printChanges(): (details: RunDetails) => void {
  const seen = new Set<string>();
  const once = (key: string, line: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    note(clean(`${moment(new Date().toISOString())}  ${line}`));
  };
  const walk = (node: ProgressNode, path: string): void => {
    node.children.forEach((child, at) => {
      const key = `${path}/${String(at)}`;
      once(`${key} ${child.state}`, nodeLine(child));
      walk(child, key);
    });
  };
  return ({ summary, progress, gates, failure, note: remark }) => {
    once(summary.runId, `${summary.process} ${summary.id} started ${moment(summary.started)}`);
    if (progress) walk(progress, '');
    for (const gate of gates) {
      if (gate.state === 'open') once(`gate ${gate.name} ${gate.openedAt}`, gateLines(summary.id, gate).join(' '));
    }
    if (summary.closed === undefined && failure) once(JSON.stringify(failure), failureLine(failure));
    if (remark !== undefined) once(remark, remark);
  };
}
