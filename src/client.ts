/** The command-line client. `npm run client -- <command>`. */
import { Command, CommanderError } from 'commander';
import { addDeciding } from './client/decide.ts';
import { addDoctor } from './client/doctor.ts';
import { addExplain } from './client/explain.ts';
import { addGraph } from './client/graph.ts';
import { addObserving } from './client/observe.ts';
import { addProcesses } from './client/processes.ts';
import { addRedrive } from './client/redrive.ts';
import { addSweep } from './client/sweep.ts';
import { addSchedule } from './client/schedule.ts';
import { addSearch } from './client/search.ts';
import { addStart } from './client/start.ts';
import { addSteering } from './client/steer.ts';
import { report, self } from './client/terminal.ts';
import { BadInput } from './connection.ts';

const exits = `
Exit codes: 0 done, 1 the run failed or was refused, 2 bad usage or bad input, 3 the server cannot be reached.
While a worker is there but too busy to answer, commands say "not yet" and ask again; sending one again is safe.
Every command takes --json and --help. FERMATA_CONNECT_TIMEOUT_S (6), FERMATA_SERVER_TIMEOUT_S (10), FERMATA_ANSWER_TIMEOUT_S (10)
and FERMATA_VIEW_TIMEOUT_S (5) say how many seconds server and worker have to answer.`;

function buildProgram(): Command {
  const program = new Command('client')
    .description('Starts, shows and decides runs of Fermata.')
    .usage('<command> [options]')
    .addHelpText('after', exits)
    .exitOverride()
    // Errors are reported in one place, as text or as JSON.
    .configureOutput({ outputError: () => undefined });
  addProcesses(program);
  addStart(program);
  addObserving(program);
  addExplain(program);
  addGraph(program);
  addDeciding(program);
  addSteering(program);
  addRedrive(program);
  addSweep(program);
  addSchedule(program);
  addSearch(program);
  addDoctor(program);
  return program;
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json');
  process.stdout.on('error', () => process.exit());
  try {
    if (args.length === 0 || (args.length === 1 && json)) {
      throw new BadInput(`which command? \`${self} --help\` lists them.`);
    }
    await buildProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) report(error, json);
    else if (error.exitCode !== 0) report(usageError(error, args), json);
  }
}

function usageError(error: CommanderError, args: readonly string[]): BadInput {
  const command = args.find((each) => /^[a-z]+$/.test(each));
  const message = error.message.replace(/^error: /, '').replace(/\n\(Did/, ' (Did');
  const help = error.code === 'commander.unknownCommand' || command === undefined ? '--help' : `${command} --help`;
  return new BadInput(`${message}\n\`${self} ${help}\` shows how.`);
}

await main(process.argv.slice(2));
