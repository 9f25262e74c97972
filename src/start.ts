/** Everything on one machine: `npm start`. Temporal with its Web UI, Postgres, worker and inbox, until Ctrl-C. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, loadSettings, runFilePath } from './config.ts';
import { Unreachable, BadInput } from './connection.ts';
import { bringUp } from './embedded/bring-up.ts';
import { CannotStart, type Say } from './embedded/cannot-start.ts';
import { takeDataFolder } from './embedded/data-folder.ts';
import { ingestSamples, sampleFiles, showSamples } from './embedded/samples.ts';
import { stopOnSignals } from './embedded/stop-signals.ts';
import type { Part } from './embedded/supervise.ts';
import { connectRuns } from './runs.ts';

const help = `Usage: npm start

Runs all of Fermata on this machine: Temporal server with Web UI, Postgres, worker and inbox. Ingests the invoices in
samples/ on the first run. State is kept in FERMATA_DATA (.fermata). Ctrl-C stops everything; twice at once.

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
    const outcome = await Promise.race([runAll(parts), stop.requested]);
    if (outcome === 'up') await stop.requested;
    return 0;
  } finally {
    rmSync(runFilePath(dataDir), { force: true });
    await stopAll(parts);
    folder.release();
  }
}

/** Brings everything up and shows what there is to see. */
async function runAll(parts: Part[]): Promise<'up'> {
  const settings = loadSettings();
  const block = await bringUp(settings, parts, say);
  say(block);
  const runs = await connectRuns(loadSettings());
  try {
    const files = sampleFiles(fileURLToPath(new URL('../samples', import.meta.url)));
    if (files.length > 0) say(`\n${showSamples(await ingestSamples(runs, settings, files, say))}`);
  } finally {
    await runs.close();
  }
  say('\nUp until Ctrl-C.');
  return 'up';
}

/** In the order opposite to the start: nothing loses what it stands on before it has ended. */
async function stopAll(parts: readonly Part[]): Promise<void> {
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
      say(`${part.name} stopped`);
    } catch (error) {
      say(`${part.name} did not stop well: ${wordsOf(error)}`);
    }
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof CannotStart || error instanceof ConfigError) return error.message;
  if (error instanceof Unreachable || error instanceof BadInput) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected: ${message.split('\n')[0] ?? ''}\nSee the logs in the data folder; FERMATA_LOG=debug makes them say more.`;
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
