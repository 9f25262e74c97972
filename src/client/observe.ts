import type { Command } from 'commander';
import type { RunDetails, Runs, RunSummary } from '../runs.ts';
import { subjectLine } from './file-table.ts';
import { clean, detailLines, duration, failureLine, gateLines, moment, table, timeLeft } from './format.ts';
import { markFailed, note, sayNotYet, self, show, withRuns, type CommonOptions } from './terminal.ts';
import { collect, example, positiveInteger } from './usage.ts';
import { showEnd, watchRun } from './watch.ts';

interface ListFlags extends CommonOptions {
  readonly process?: string;
  readonly state?: string;
  readonly parent?: string;
  readonly limit: number;
}

interface InboxFlags extends CommonOptions {
  readonly role?: readonly string[];
  readonly user?: string;
  readonly overdue?: boolean;
  readonly limit: number;
}

/** `status`, `watch`, `result`, `list`, `inbox`: looking at runs. */
export function addObserving(program: Command): void {
  example(program.command('status'), ['status document-ingestion-4f2a'])
    .description('state, progress tree with times, open gates, children, last failure')
    .argument('<id>', 'run id')
    .action(showStatus);

  example(program.command('watch'), ['watch document-ingestion-4f2a'])
    .description('the same, live, until the run ends')
    .argument('<id>', 'run id')
    .action(async (id: string, options: CommonOptions) => {
      const details = await withRuns((runs) => watchRun(runs, id));
      showWatched(options, details);
    });

  example(program.command('result'), ['result document-ingestion-4f2a', 'result document-ingestion-4f2a --json'])
    .description('waits for the end and prints the result')
    .argument('<id>', 'run id')
    .action((id: string, options: CommonOptions) => withRuns((runs) => showEnd(runs, id, options)));

  example(program.command('list'), ['list --state running --limit 50', 'list --parent customer-onboarding-4f2a'])
    .description('runs, newest first')
    .option('--process <name>', 'only runs of this process')
    .option('--state <state>', 'only runs in this state')
    .option('--parent <id>', 'only runs that this run has started as its children')
    .option('--limit <n>', 'at most so many', positiveInteger, 20)
    .action(async ({ process, state, parent, limit, json }: ListFlags) => {
      const { listRuns } = await import('../runs.ts');
      const only = {
        ...(process === undefined ? {} : { process }),
        ...(state === undefined ? {} : { state }),
        ...(parent === undefined ? {} : { parent }),
        limit,
      };
      const runs = await withRuns((each) => listRuns(each, only));
      show({ json: json === true }, { runs }, runs.length === 0 ? 'no runs' : listTable(runs));
    });

  example(program.command('inbox'), ['inbox --user ada', 'inbox --role reviewer --overdue'])
    .description('what waits for a person, across all runs')
    .option('--role <role>', 'only what this role may decide; several times for several', collect)
    .option('--user <name>', 'only what this user may decide')
    .option('--overdue', 'only what is past its deadline')
    .option('--limit <n>', 'at most so many runs', positiveInteger, 100)
    .action(showInbox);
}

async function showStatus(id: string, options: CommonOptions): Promise<void> {
  const { listRuns } = await import('../runs.ts');
  const [details, children] = await withRuns((runs) =>
    Promise.all([answeredRun(runs, id), listRuns(runs, { parent: id, limit: 50 })]),
  );
  const below = children.length === 0 ? [] : ['', 'children', listTable(children)];
  show(options, { ...details, children }, [...detailLines(details), ...below].join('\n'));
}

/** A run with what a worker tells of it; a busy one is asked again before it is shown without. */
async function answeredRun(runs: Runs, id: string): Promise<RunDetails> {
  const { askedAgain, describeRun } = await import('../runs.ts');
  let details = await describeRun(runs, id);
  for (let left = askedAgain; details.busy === true && left > 0; left -= 1) {
    sayNotYet();
    details = await describeRun(runs, id);
  }
  return details;
}

async function showInbox({ role, user, overdue, limit, json }: InboxFlags): Promise<void> {
  const [{ listInbox }, { rolesOfUser }] = await Promise.all([import('../runs.ts'), import('./decide.ts')]);
  const items = await withRuns((runs, settings) => {
    const own = user === undefined ? [] : rolesOfUser(settings, user);
    const roles = [...(role ?? []), ...own];
    return listInbox(runs, {
      ...(role === undefined && user === undefined ? {} : { roles }),
      ...(user === undefined ? {} : { user }),
      overdue: overdue === true,
      limit,
    });
  });
  const lines = items.flatMap(({ id, process, gate }) => [
    clean([process, id, subjectLine(gate.subject)].filter((part) => part !== '').join('  ')),
    ...gateLines(id, gate).map((line) => `  ${line}`),
  ]);
  show({ json: json === true }, { items }, items.length === 0 ? 'nothing waits' : lines.join('\n'));
}

function listTable(runs: readonly RunSummary[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.process,
    run.gates.length > 0 ? `waiting (${run.gates.join(', ')})` : run.state,
    moment(run.started),
    run.closed === undefined ? '' : duration(Date.parse(run.closed) - Date.parse(run.started)),
    run.due === undefined ? '' : timeLeft(run.due),
  ]);
  return table(['run', 'process', 'state', 'started', 'took', 'deadline'], rows);
}

function showWatched(options: CommonOptions, details: RunDetails): void {
  const { state, id } = details.summary;
  const failed = state !== 'completed';
  const why = details.failure === undefined ? '' : `: ${failureLine(details.failure)}`;
  show(options, details, `${state}${why}`);
  if (failed) markFailed();
  else if (options.json !== true) note(`${self} result ${id}`);
}
