import type { Command } from 'commander';
import { findProcess, type Process } from '../catalog.ts';
import { BadInput } from '../connection.ts';
import type { StartedRun } from '../runs.ts';
import { failureLine } from './format.ts';
import { inputFor } from './input.ts';
import { markFailed, note, self, show, withRuns, type StartFlags } from './terminal.ts';
import { example } from './usage.ts';

/** `start`. */
export function addStart(program: Command): void {
  example(program.command('start'), [
    'start document-ingestion --file invoice.pdf inbox/',
    'start document-ingestion --input order.json --set requester=ada --wait',
  ])
    .description('starts a process, after checking its input; without --input on its sample')
    .argument('<process>', 'name of the process')
    .option('--input <file>', 'JSON input; - is stdin')
    .option('--set <key=value...>', 'sets values of the input: a.b=1 c=text')
    .option('--file <path...>', 'documents or folders of them, one run each; - is stdin')
    .option('--id <id>', 'run id; one that ran before is refused')
    .option('--as <user>', 'who asks for it (and so may not approve it)')
    .option('--wait', 'wait for the end and print the result')
    .option('--watch', 'show how it goes until the end')
    .option('--allow-rerun', 'start an id again that ran before')
    .action(start);
}

async function start(name: string, flags: StartFlags): Promise<void> {
  const process = findProcess(name);
  if (!process) throw new BadInput(`there is no process '${name}'; \`${self} processes\` shows them.`);
  if (flags.file === undefined) return startOne(process, flags);
  for (const other of ['input', 'set', 'id'] as const) {
    if (flags[other] !== undefined) throw new BadInput(`--file and --${other} cannot be used together.`);
  }
  const { startFiles } = await import('./files.ts');
  return startFiles(process, flags.file, flags);
}

async function startOne(process: Process, flags: StartFlags): Promise<void> {
  const { checkInput, startRun } = await import('../runs.ts');
  const input = await inputFor(process, flags);
  checkInput(process, input);
  await withRuns(async (runs) => {
    const { earlyAnswer } = process;
    const patience = earlyAnswer === undefined ? undefined : setTimeout(note, 2_000, 'waiting for its early answer …');
    const { existing: _refused, ...run } = await startRun(runs, process, input, {
      ...(flags.id === undefined ? {} : { id: flags.id }),
      allowRerun: flags.allowRerun === true,
      earlier: 'refuse',
      awaitAnswer: true,
    }).finally(() => {
      clearTimeout(patience);
    });
    const started = { process: process.name, ...run };
    if (flags.wait !== true && flags.watch !== true) {
      show(flags, started, greeting(process, run));
      return;
    }
    note(greeting(process, run));
    const { awaitEnd, watchRun } = await import('./watch.ts');
    if (flags.watch === true) await watchRun(runs, run.id);
    const end = await awaitEnd(runs, run.id);
    if ('result' in end) {
      show(flags, { ...started, ...end, result: end.result ?? null }, JSON.stringify(end.result ?? null, null, 2));
      return;
    }
    markFailed();
    const error = { code: 'failed', message: end.failure.message };
    if (flags.json === true) show(flags, { ...started, ...end, error }, '');
    else note(`'${run.id}' ${end.state}: ${failureLine(end.failure)}`);
  });
}

/** What people see when a run has started. */
function greeting({ earlyAnswer }: Process, { id, url, answer }: Omit<StartedRun, 'existing'>): string {
  const lines = [`started ${id}`, url ?? `see it with \`${self} status ${id}\``];
  if (answer !== undefined) lines.push(`it answered: ${JSON.stringify(answer)}`);
  else if (earlyAnswer !== undefined) lines.push(`it gave no early answer; \`${self} status ${id}\` says how it goes`);
  return lines.join('\n');
}
