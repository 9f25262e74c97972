/**
 * How fast documents go through, and what is left of them when the worker is killed half-way. Real servers, a real
 * worker process and real readers, all of its own and removed afterwards.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { InvalidArgumentError } from 'commander';
import { findProcess } from '../src/catalog.ts';
import { BadInput, startRun } from '../src/runs.ts';
import { openFileStore, type StoredFile } from '../src/services/files.ts';
import { benchCommand, printJson } from './arguments.ts';
import {
  countStates,
  endsOf,
  findFaults,
  inLanes,
  type Ended,
  type Faults,
  type Outcome,
  type Sent,
} from './ingestion-check.ts';
import { startSystem, type Memory, type System } from './ingestion-system.ts';
import { longestWaits, type Wait } from './ingestion-waits.ts';

interface Options {
  readonly json?: boolean;
  readonly documents: number;
  /** Seconds. */
  readonly taskTimeout?: number;
}

interface Round extends Memory {
  readonly documents: number;
  readonly seconds: number;
  readonly documentsPerSecond: number;
  readonly outcome: Outcome;
}

interface KillRound extends Round, Faults {
  /** Documents that were done when the worker was killed. */
  readonly killedAfter: number;
  /** From the start of the new worker process. */
  readonly restartToLastResultSeconds: number;
  readonly restartToReadySeconds: number;
  readonly waits: readonly Wait[];
}

const pollMs = 200;
const tellMs = 5_000;
/** Nothing ends for so long: what is missing now will not come any more. */
const patienceMs = 90_000;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Copies of the folder's files that differ in their last bytes, so that each is a document of its own. */
async function prepare(system: System, paths: readonly string[], count: number, round: string): Promise<StoredFile[]> {
  const store = openFileStore(system.runs.settings);
  const files: StoredFile[] = [];
  for (let index = 0; index < count; index += 1) {
    const path = paths[index % paths.length] ?? '';
    const mark = `${round} ${String(index)}`;
    const end = path.toLowerCase().endsWith('.pdf') ? `\n%${mark}\n` : `\n<!-- ${mark} -->\n`;
    const bytes = Buffer.concat([readFileSync(path), Buffer.from(end)]);
    files.push({ hash: await store.put(bytes), name: `${String(index)}-${basename(path)}`, size: bytes.length });
  }
  return files;
}

function filesIn(folder: string): readonly string[] {
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const names = isThere ? readdirSync(folder, { encoding: 'utf8' }).sort() : [];
  const paths = names.filter((name) => /\.(?:pdf|xml)$/i.test(name)).map((name) => join(folder, name));
  if (paths.length === 0) throw new BadInput(`no PDF or XML files in ${folder}; name a folder that has some.`);
  return paths;
}

async function send({ runs }: System, files: readonly StoredFile[]): Promise<readonly Sent[]> {
  const process = findProcess('document-ingestion');
  if (process === undefined) throw new Error('document-ingestion is not in the catalog');
  return inLanes(files, async (file) => {
    const run = await startRun(runs, process, process.fromFile?.(file));
    if (run.existing) throw new Error(`${file.name}: ran before, so the documents are not all different`);
    return { file, run };
  });
}

/** Waits until so many of the runs started since then have ended or wait for a reviewer; else until patience ends. */
async function untilDone(system: System, since: Date, goal: number): Promise<number> {
  let done = 0;
  let movedAt = Date.now();
  let toldAt = Date.now();
  while (Date.now() - movedAt < patienceMs) {
    const now = await countDone(system, since);
    if (now !== done) movedAt = Date.now();
    done = now;
    if (done >= goal) return done;
    if (Date.now() - toldAt > tellMs) {
      toldAt = Date.now();
      say(`  ${String(done)} done`);
    }
    await pause(pollMs);
  }
  say(`  nothing more in ${String(patienceMs / 1000)} s`);
  return done;
}

async function countDone({ runs }: System, since: Date): Promise<number> {
  const ours = `TaskQueue = '${runs.settings.taskQueue}' AND StartTime >= '${since.toISOString()}'`;
  const ended = await runs.client.workflow.count(`${ours} AND ExecutionStatus != 'Running'`);
  const waiting = await runs.client.workflow.count(
    `${ours} AND ExecutionStatus = 'Running' AND FermataGates IS NOT NULL`,
  );
  return ended.count + waiting.count;
}

/** Seconds since a moment, to a tenth. */
function secondsSince(moment: number): number {
  return Math.round((Date.now() - moment) / 100) / 10;
}

function roundOf(system: System, ends: readonly Ended[], seconds: number): Round {
  const documentsPerSecond = Math.round((ends.length / seconds) * 10) / 10;
  const outcome = countStates(ends);
  return { documents: ends.length, seconds, documentsPerSecond, ...system.takeMemory(), outcome };
}

async function measureSpeed(system: System, files: readonly StoredFile[]): Promise<Round & Faults> {
  system.takeMemory();
  const since = new Date();
  const sending = send(system, files);
  const [sent] = await Promise.all([sending, untilDone(system, since, files.length)]);
  const seconds = secondsSince(since.getTime());
  const ends = await endsOf(system.runs, sent);
  return { ...roundOf(system, ends, seconds), ...(await findFaults(system.db, ends)) };
}

async function measureKill(system: System, files: readonly StoredFile[]): Promise<KillRound> {
  system.takeMemory();
  const since = new Date();
  const half = Math.floor(files.length / 2);
  const [sent, killedAfter] = await Promise.all([
    send(system, files),
    untilDone(system, since, half).then(async (done) => {
      await system.killWorker();
      return done;
    }),
  ]);
  const killedAt = Date.now();
  say(`  worker killed after ${String(killedAfter)}`);
  await system.startWorker();
  const restartToReadySeconds = secondsSince(killedAt);
  await untilDone(system, since, files.length);
  const restartToLastResultSeconds = secondsSince(killedAt);
  const seconds = secondsSince(since.getTime());
  const ends = await endsOf(system.runs, sent);
  return {
    killedAfter,
    restartToReadySeconds,
    restartToLastResultSeconds,
    ...(await findFaults(system.db, ends)),
    waits: await longestWaits(system.runs, sent, killedAt),
    ...roundOf(system, ends, seconds),
  };
}

function printTables(speed: Round & Faults, kill: KillRound): void {
  const table = new Table({
    head: ['', 'in one go', 'worker killed half-way'],
    style: { head: [], border: [], compact: true },
  });
  const row = (name: string, show: (round: Round & Faults) => string | number): void => {
    table.push([name, show(speed), show(kill)]);
  };
  row('documents', (round) => round.documents);
  row('seconds', (round) => round.seconds);
  row('documents a second', (round) => round.documentsPerSecond);
  row('peak MB: worker, readers, server', (round) => [round.workerMb, round.readersMb, round.serverMb].join(', '));
  for (const state of ['stored', 'waiting', 'manual', 'failed'] as const) row(state, (round) => round.outcome[state]);
  row('lost', (round) => round.lost);
  row('doubled', (round) => round.doubled);
  row('left half stored', (round) => round.leftStoring);
  row('unfinished', (round) => round.unfinished);
  table.push(['killed after', '', kill.killedAfter]);
  table.push(['seconds from restart to ready', '', kill.restartToReadySeconds]);
  table.push(['seconds from restart to last result', '', kill.restartToLastResultSeconds]);
  process.stdout.write(`${table.toString()}\n\nLongest pause of each run after the kill:\n`);
  for (const { between, runs, longestSeconds } of kill.waits.slice(0, 8)) {
    process.stdout.write(`  up to ${longestSeconds.toFixed(1)} s, ${String(runs)} runs: ${between}\n`);
  }
}

function isFaulty({ lost, doubled, leftStoring, unfinished }: Faults): boolean {
  return lost + doubled + leftStoring + unfinished > 0;
}

async function measure(system: System, paths: readonly string[], count: number) {
  const fast = await prepare(system, paths, count, 'speed');
  const killed = await prepare(system, paths, count, 'kill');
  say(`${String(count)} documents in one go`);
  const speed = await measureSpeed(system, fast);
  say(`${String(count)} more; the worker is killed when half of them are done`);
  return { speed, kill: await measureKill(system, killed) };
}

async function run(folder: string, options: Options): Promise<void> {
  const paths = filesIn(folder);
  const taskTimeoutMs = options.taskTimeout === undefined ? undefined : options.taskTimeout * 1000;
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        reject(new Error('interrupted'));
      });
    }
  });
  interrupted.catch(() => undefined);
  const system = await startSystem({ taskTimeoutMs, say });
  try {
    const { speed, kill } = await Promise.race([measure(system, paths, options.documents), interrupted]);
    if (options.json === true) printJson({ bench: 'ingestion', folder, ...speed, kill });
    else printTables(speed, kill);
    if (isFaulty(speed) || isFaulty(kill)) process.exitCode = 1;
  } finally {
    await system.stop();
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isInteger(value))) throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}

await benchCommand(
  'bench:ingestion',
  'Sends documents through real servers and a worker, and kills the worker half-way',
)
  .argument('[folder]', 'folder with PDF and XML documents', 'samples/invoices')
  .option('--documents <count>', 'documents in each of the two rounds', positive, 200)
  .option('--task-timeout <seconds>', 'workflow task timeout of each run', positive)
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    // What was under way when it was interrupted must not keep it up.
    process.exit(1);
  });
