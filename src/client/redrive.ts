import type { Command } from 'commander';
import { self, show, withRuns, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

/** `redrive`. */
export function addRedrive(program: Command): void {
  example(program.command('redrive'), ['redrive document-ingestion-4f2a'])
    .description('runs an ended run again under its id; what it had finished is not executed again')
    .argument('<id>', 'run id; one that failed, was stopped, or ended with failures that it tolerated')
    .action(redrive);
}

async function redrive(id: string, flags: CommonOptions): Promise<void> {
  const { redriveRun } = await import('../runs/redrive.ts');
  await withRuns(async (runs) => {
    const run = await redriveRun(runs, id);
    const where = run.url ?? `see it with \`${self} status ${id}\``;
    show(flags, run, `redriven ${id}; not executed again: ${String(run.finished)} finished\n${where}`);
  });
}
