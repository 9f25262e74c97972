/**
 * What a pattern costs against the same thing hand-written on the bare SDK: time, history, billable actions, memory.
 * Its own server, workers and client, removed afterwards.
 */
import Table from 'cli-table3';
import { InvalidArgumentError } from 'commander';
import { benchCommand, printJson } from './arguments.ts';
import { measureBatch, measureKill, type BatchFigures, type KillFigures } from './patterns/batch.ts';
import { items, type Item } from './patterns/items.ts';
import { measureMemory, measurePairs, type Figures } from './patterns/measure.ts';
import { startSystem, type System } from './patterns/system.ts';
import { sides } from './patterns/sides.ts';

interface Options {
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly pairs: number;
  readonly batchSizes: readonly number[];
  readonly memory: boolean;
  readonly stock: boolean;
}

const allowedLatency = 1.05;
const allowedEventsPerThousand = 60;
const wantedItemsPerSecond = 10_000;
/** Items that a batch with 20 lanes and chunks of 100 may do again after a crash. */
const allowedRepeats = 2_000;
const killedItems = 20_000;
/** The worker's memory does not grow with the batch: the largest against the smallest. */
const allowedGrowth = 1.25;
const stockPairs = 5;
const names = [...items.map(({ name }) => name), 'batch'];

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

interface Batches {
  readonly sizes: readonly BatchFigures[];
  readonly kill: KillFigures;
}

async function run(options: Options): Promise<void> {
  const chosen = items.filter(({ name }) => options.only?.includes(name) ?? true);
  const withBatch = options.only?.includes('batch') ?? true;
  const { tuned, batches } = await inSystem('tuned', async (system) => ({
    tuned: await measureAll(system, chosen, options),
    batches: withBatch ? await measureBatches(system, options.batchSizes) : undefined,
  }));
  const stock =
    options.stock && chosen.length > 0
      ? await inSystem('stock', (system) =>
          measureAll(system, chosen, { ...options, pairs: stockPairs, memory: false }),
        )
      : [];
  const failures = [...tuned.flatMap(problemsOf), ...(batches ? batchProblems(batches) : [])];
  if (options.json === true) {
    printJson({ results: tuned.map(resultOf), ...(batches ? { batches } : {}), stock: stock.map(resultOf), failures });
  } else printTables(tuned, batches, stock, failures);
  if (failures.length > 0) process.exitCode = 1;
}

async function measureBatches(system: System, sizes: readonly number[]): Promise<Batches> {
  const figures: BatchFigures[] = [];
  for (const size of sizes) figures.push(await measureBatch(system, size, say));
  return { sizes: figures, kill: await measureKill(system, killedItems, say) };
}

function batchProblems({ sizes, kill }: Batches): string[] {
  const problems = sizes.flatMap(({ items: count, itemsPerSecond, eventsPerThousand }) => [
    ...(itemsPerSecond < wantedItemsPerSecond
      ? [`batch of ${String(count)}: ${itemsPerSecond.toFixed(0)} items a second, fewer than 10,000`]
      : []),
    ...(eventsPerThousand >= allowedEventsPerThousand
      ? [`batch of ${String(count)}: ${eventsPerThousand.toFixed(1)} events for 1,000 items, 60 or more`]
      : []),
  ]);
  const growth = (sizes.at(-1)?.peakMb ?? 0) / (sizes[0]?.peakMb ?? 0);
  if (growth > allowedGrowth)
    problems.push(`batch: the worker's memory grows ${growth.toFixed(2)} times with the batch`);
  if (kill.missing > 0) problems.push(`batch: ${String(kill.missing)} items were lost with the worker`);
  if (kill.repeated > allowedRepeats) problems.push(`batch: ${String(kill.repeated)} items repeated after the kill`);
  return problems;
}

async function inSystem<T>(kind: 'tuned' | 'stock', work: (system: System) => Promise<T>): Promise<T> {
  say(`bringing up the ${kind} server`);
  const system = await startSystem(kind, say);
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error('interrupted')));
  });
  interrupted.catch(() => undefined);
  try {
    return await Promise.race([work(system), interrupted]);
  } finally {
    await system.stop();
  }
}

async function measureAll(system: System, chosen: readonly Item[], options: Options): Promise<readonly Figures[]> {
  const worker = await system.startWorker(sides);
  const figures: Figures[] = [];
  for (const item of chosen) {
    say(`${item.name}: ${String(options.pairs)} pairs`);
    figures.push(await measurePairs(system.client, item, options.pairs, say));
  }
  await worker.stop();
  if (!options.memory) return figures;
  const withMemory: Figures[] = [];
  for (const [index, item] of chosen.entries()) {
    say(`${item.name}: memory of a worker that runs it alone`);
    withMemory.push({ ...(figures[index] as Figures), memoryMb: await measureMemory(system, item) });
  }
  return withMemory;
}

/** What is not as it has to be, in words. */
function problemsOf({ name, latency, codeEvents, tasks, actions }: Figures): string[] {
  const more = (what: string, of: { ours: number; theirs: number }): string[] =>
    of.ours > of.theirs ? [`${name}: ${String(of.ours)} ${what}, ${String(of.theirs)} hand-written`] : [];
  return [
    ...(latency.low > allowedLatency
      ? [`${name}: takes ${ratio(latency.ratio)} of the time, more than ${String(allowedLatency)}`]
      : []),
    ...more('history events', codeEvents),
    ...more('billable actions', actions),
    ...(tasks.low > 1 ? [`${name}: ${ratio(tasks.ratio)} of the workflow tasks`] : []),
  ];
}

function resultOf(figures: Figures): object {
  const { name, latency, codeEvents, tasks, fewestTasks, bytes, actions, memoryMb } = figures;
  const rounded = (value: number): number => Number(value.toFixed(4));
  return {
    name,
    latencyRatio: rounded(latency.ratio),
    latencyRatioLow: rounded(latency.low),
    latencyRatioHigh: rounded(latency.high),
    latencyMs: figures.latencyMs,
    eventsRatio: rounded(codeEvents.ours / codeEvents.theirs),
    actionsRatio: rounded(actions.ours / actions.theirs),
    tasksRatio: rounded(tasks.ratio),
    tasksRatioLow: rounded(tasks.low),
    bytesRatio: rounded(bytes.ours / bytes.theirs),
    ...(memoryMb === undefined ? {} : { memoryRatio: rounded(memoryMb.ours / memoryMb.theirs) }),
    pairs: figures.pairs,
    codeEvents,
    tasks: { ours: tasks.ours, theirs: tasks.theirs },
    fewestTasks,
    actions,
    bytes,
    ...(memoryMb === undefined ? {} : { memoryMb }),
  };
}

const ratio = (value: number): string => value.toFixed(3);
const two = ({ ours, theirs }: { ours: number; theirs: number }, digits = 0): string =>
  `${ours.toFixed(digits)} / ${theirs.toFixed(digits)}`;

function printTables(
  tuned: readonly Figures[],
  batches: Batches | undefined,
  stock: readonly Figures[],
  failures: readonly string[],
): void {
  if (tuned.length > 0) printFigures(tuned);
  if (batches) printBatches(batches);
  if (stock.length > 0) {
    const slow = new Table({ head: ['stock start-dev', 'median ms, ours / hand-written'] });
    for (const each of stock) slow.push([each.name, two(each.latencyMs, 1)]);
    process.stdout.write(`${slow.toString()}\n`);
  }
  process.stdout.write(failures.length === 0 ? 'as it has to be\n' : `${failures.join('\n')}\n`);
}

function printBatches({ sizes, kill }: Batches): void {
  const table = new Table({ head: ['batch of', 'items/s', 'events for 1,000', 'runs', 'peak MB'] });
  for (const each of sizes) {
    const { items: count, itemsPerSecond, eventsPerThousand, runs, peakMb } = each;
    table.push([count, itemsPerSecond.toFixed(0), eventsPerThousand.toFixed(1), runs, peakMb.toFixed(0)]);
  }
  process.stdout.write(
    `${table.toString()}\nWorker killed after ${String(kill.killedAfter)} of ${String(kill.items)} items: ` +
      `${String(kill.repeated)} repeated, ${String(kill.missing)} lost, ` +
      `${kill.secondsAfterRestart.toFixed(1)} s from the restart to the result\n`,
  );
}

function printFigures(tuned: readonly Figures[]): void {
  const table = new Table({
    head: ['ours / hand-written', 'median ms', 'ratio (95 %)', 'events', 'tasks', 'bytes', 'actions', 'peak MB'],
  });
  for (const each of tuned) {
    table.push([
      `${each.name}, ${each.measures}`,
      two(each.latencyMs, 1),
      `${ratio(each.latency.ratio)} (${ratio(each.latency.low)} to ${ratio(each.latency.high)})`,
      two(each.codeEvents),
      `${two(each.tasks)}, fewest ${two(each.fewestTasks)}`,
      two(each.bytes),
      two(each.actions),
      each.memoryMb === undefined ? '' : two(each.memoryMb),
    ]);
  }
  process.stdout.write(`Embedded server, ${String(tuned[0]?.pairs ?? 0)} pairs each\n${table.toString()}\n`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isInteger(value))) throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}

function sizesOf(text: string): readonly number[] {
  return text.split(',').map(positive);
}

function itemNames(text: string): readonly string[] {
  const wanted = text.split(',');
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no '${unknown}'; there are ${names.join(', ')}.`);
  return wanted;
}

await benchCommand('bench:patterns', 'Runs each pattern against the same thing hand-written on the bare SDK')
  .option('--only <items>', 'only these, separated by commas', itemNames)
  .option('--pairs <count>', 'interleaved pairs for each item', positive, 200)
  .option('--batch-sizes <items>', 'sizes of the batches, separated by commas', sizesOf, [10_000, 100_000, 1_000_000])
  .option('--no-memory', 'leave out the memory of workers')
  .option('--no-stock', 'leave out the stock server')
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    // What was under way when it was interrupted must not keep it up.
    process.exit(1);
  });
