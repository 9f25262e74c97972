import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Runs } from '../runs.ts';
import { parseJson } from './input.ts';
import { show, withRuns, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

interface SignalFlags extends CommonOptions {
  readonly data?: string;
}

interface ReasonFlags extends CommonOptions {
  readonly reason?: string;
}

/** `signal`, `cancel`, `terminate`: acting on a run from outside. */
export function addSteering(program: Command): void {
  example(program.command('signal'), [
    `signal document-ingestion-4f2a decide --data '{"vote":"approve","by":"ada","roles":["reviewer"]}'`,
  ])
    .description('sends a signal; one that the run does not know is ignored by it')
    .argument('<id>', 'run id')
    .argument('<name>', 'name of the signal')
    .option('--data <json>', 'what it carries')
    .action(async (id: string, name: string, flags: SignalFlags) => {
      const args = flags.data === undefined ? [] : [parseJson(flags.data, '--data')];
      await act(id, (runs, runId) => runs.client.workflow.getHandle(id, runId).signal(name, ...args));
      show(flags, { id, signal: name, status: 'sent' }, `signal '${name}' sent to '${id}'`);
    });

  example(program.command('cancel'), ['cancel document-ingestion-4f2a --reason "sent twice"'])
    .description('asks a run to stop; what it did is undone where the process says so')
    .argument('<id>', 'run id')
    .option('--reason <text>', 'kept in the history')
    .action(async (id: string, flags: ReasonFlags) => {
      await act(id, (runs, runId) => requestCancel(runs, id, runId, flags.reason ?? ''));
      show(flags, { id, status: 'cancelRequested' }, `'${id}' was asked to stop`);
    });

  example(program.command('terminate'), ['terminate document-ingestion-4f2a --reason "stuck since Monday"'])
    .description('ends a run at once; nothing is undone')
    .argument('<id>', 'run id')
    .requiredOption('--reason <text>', 'kept in the history')
    .action(async (id: string, flags: ReasonFlags) => {
      await act(id, (runs, runId) => runs.client.workflow.getHandle(id, runId).terminate(flags.reason));
      show(flags, { id, status: 'terminated' }, `'${id}' was terminated`);
    });
}

/** Acts on a run that is there and still runs; says which of both is not so. */
async function act(id: string, work: (runs: Runs, runId: string) => Promise<unknown>): Promise<void> {
  const { Refused, summaryOfRun, withLimit } = await import('../runs.ts');
  await withRuns(async (runs) => {
    const { state, runId } = await summaryOfRun(runs, id);
    if (state !== 'running') throw new Refused(`'${id}' has ended (${state}); nothing was done.`);
    await withLimit(runs, id, () => work(runs, runId));
  });
}

/** The SDK's `cancel` takes no reason; the server does. */
async function requestCancel(runs: Runs, id: string, runId: string, reason: string): Promise<void> {
  await runs.client.workflowService.requestCancelWorkflowExecution({
    namespace: runs.client.options.namespace,
    workflowExecution: { workflowId: id, runId },
    identity: 'fermata client',
    requestId: randomUUID(),
    reason,
  });
}
