import type { Command } from 'commander';
import type { Swept } from '../runs/sweep.ts';
import { show, withRuns, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

/** `sweep`. */
export function addSweep(program: Command): void {
  example(program.command('sweep'), ['sweep', 'sweep order-fulfilment-4f2a'])
    .description('undoes what runs have left behind that were terminated or timed out in the middle of a saga')
    .argument('[id]', 'run id; without one all such runs')
    .action(sweep);
}

const words: Record<Swept['status'], string> = {
  undoing: 'undoes what it did',
  pastPivot: 'is past its pivot: nothing is undone; `redrive` it to finish it',
  nothing: 'has left nothing to undo',
};

async function sweep(id: string | undefined, flags: CommonOptions): Promise<void> {
  const { sweepRun, sweepRuns } = await import('../runs/sweep.ts');
  await withRuns(async (runs) => {
    const swept = id === undefined ? await sweepRuns(runs) : [await sweepRun(runs, id)];
    const lines = swept.map((each) => `${each.id} ${words[each.status]}`);
    show(flags, { runs: swept }, lines.length === 0 ? 'nothing to sweep' : lines.join('\n'));
  });
}
