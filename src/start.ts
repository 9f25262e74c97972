/** Everything on one machine: `npm start`. Temporal with its Web UI, Postgres, worker and inbox, until Ctrl-C. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadSettings, runFilePath } from './config.ts';
import type { Say } from './embedded/cannot-start.ts';
import { takeDataFolder } from './embedded/data-folder.ts';
import { stopOnSignals } from './embedded/stop-signals.ts';
import type { Part } from './embedded/supervise.ts';

const help = `Usage: npm start [-- --no-samples]

Runs all of Fermata on this machine: Temporal server with Web UI, Postgres, worker and inbox. Ingests the invoices in
samples/ on the first run, unless told --no-samples. State is kept in FERMATA_DATA (.fermata). Ctrl-C stops everything; twice at once.

TEMPORAL_ADDRESS or TEMPORAL_PROFILE use your Temporal server instead, DATABASE_URL your PostgreSQL.

Example: FERMATA_PORT=9000 npm start`;

const say: Say = (line) => {
  console.log(line);
};

async function main(): Promise<number> {
  const parts: Part[] = [];
  const { dataDir } = loadSettings();
  const folder = await takeDataFolder(dataDir, say);
  try {
    rmSync(runFilePath(dataDir), { force: true });
    const stop = stopOnSignals(parts, folder.launchers, say);
    const outcome = await Promise.race([runAll(parts, stop.isRequested), stop.requested]);
    if (outcome === 'up') await stop.requested;
    return 0;
  } finally {
    rmSync(runFilePath(dataDir), { force: true });
    await stopAll(parts);
    folder.release();
  }
}

/** Brings everything up and shows what there is to see. */
async function runAll(parts: Part[], isStopping: () => boolean): Promise<'up'> {
  // Loaded late: a start that is refused should say so at once.
  const { bringUp } = await import('./embedded/bring-up.ts');
  say(await bringUp(loadSettings(), parts, say));
  if (!process.argv.includes('--no-samples')) {
    await readSamples().catch((error: unknown) => {
      // Everything is up; samples that cannot be read are no reason to take it down.
      if (!isStopping()) say(`\nthe samples were not read: ${wordsOf(error)}`);
    });
  }
  if (!isStopping()) say('\nUp until Ctrl-C.');
  return 'up';
}

async function readSamples(): Promise<void> {
  const settings = loadSettings();
  const { connectRuns } = await import('./runs.ts');
  const { showFirstRuns, startFirstRuns } = await import('./embedded/first-runs.ts');
  const { ingestSamples, sampleFiles, showSamples } = await import('./embedded/samples.ts');
  const runs = await connectRuns(settings);
  try {
    const files = sampleFiles(fileURLToPath(new URL('../samples', import.meta.url)));
    if (files.length > 0) say(`\n${showSamples(await ingestSamples(runs, settings, files, say))}`);
    say('starting one run of each process that asks a person');
    say(`\n${showFirstRuns(await startFirstRuns(runs))}\nDecide them in the inbox.`);
  } finally {
    await runs.close();
  }
}

/** Nothing loses what it stands on before it has ended; a part that is not named here comes first. */
const stopOrder = ['inbox', 'worker', 'Postgres', 'Temporal server'];

async function stopAll(parts: readonly Part[]): Promise<void> {
  for (const part of parts.toSorted((a, b) => stopOrder.indexOf(a.name) - stopOrder.indexOf(b.name))) {
    try {
      await part.stop();
      say(`${part.name} stopped`);
    } catch (error) {
      say(`${part.name} did not stop well: ${wordsOf(error)}`);
    }
  }
}

/** Errors whose message is meant for whoever started us. */
const plain = new Set(['CannotStart', 'ConfigError', 'Unreachable', 'BadInput', 'Refused']);

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (plain.has(error.name)) return error.message;
  const message = error.message.split('\n')[0] ?? '';
  return `unexpected: ${message}\nThe logs in the data folder say more; FERMATA_LOG=debug makes them say it all.`;
}

if (process.argv.includes('--help')) {
  say(help);
} else {
  // A terminal that is gone must not keep us from stopping the rest.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.exitCode = await main().catch((error: unknown) => {
    console.error(wordsOf(error));
    return 1;
  });
  process.exit();
}
