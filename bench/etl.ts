/**
 * How fast etl-pipeline loads rows, what it leaves in the history, and how much memory its worker takes: for more and
 * more rows. Real servers and a real worker process for each size, of its own and removed afterwards.
 */
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import Table from 'cli-table3';
import { InvalidArgumentError } from 'commander';
import type { EtlInput } from '../src/activities/etl.ts';
import type { EtlResult } from '../src/workflows/etl-pipeline.ts';
import { benchCommand, printJson } from './arguments.ts';
import { startSystem, type System } from './ingestion-system.ts';

interface Figures {
  readonly rows: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Over all runs of the chain. */
  readonly events: number;
  readonly eventsPerThousand: number;
  readonly runs: number;
  /** The most resident memory of the worker process and its children. */
  readonly workerMb: number;
}

interface Options {
  readonly json?: boolean;
  readonly rows: readonly number[];
}

const command = benchCommand(
  'bench:etl',
  'Loads generated CSV files; time should grow with the rows, memory should not.',
);
command.option(
  '--rows <counts>',
  'rows of each file, separated by commas',
  (text) => text.split(',').map(positive),
  [10_000, 100_000, 1_000_000],
);
const { json = false, rows: sizes } = command.parse().opts<Options>();

function positive(text: string): number {
  const count = Number(text.replaceAll('_', ''));
  if (!(Number.isInteger(count) && count >= 100))
    throw new InvalidArgumentError('expected whole numbers of at least 100');
  return count;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A synthetic file: one row in a hundred has a price that is none, one in fifty a field with quotes and a line end. */
async function generate(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('sku,name,price,stocked,count\n');
  for (let row = 1; row <= rows; row += 1) {
    const name = row % 50 === 0 ? `"Article ""${String(row)}"",\nsecond line"` : `Article ${String(row)}`;
    const price = row % 100 === 0 ? 'unknown' : `${String(row % 997)}.${String(row % 100).padStart(2, '0')}`;
    const line = `SKU-${String(row)},${name},${price},2026-11-${String((row % 28) + 1).padStart(2, '0')},${String(row % 500)}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

function inputFor(path: string, rows: number): EtlInput {
  return {
    source: { kind: 'csv', file: { path } },
    dataset: `bench-${String(rows)}`,
    columns: {
      sku: { from: 'sku' },
      name: { from: 'name' },
      price: { from: 'price', type: 'decimal' },
      stocked: { from: 'stocked', type: 'date' },
      count: { from: 'count', type: 'integer' },
    },
    key: ['sku'],
  };
}

async function measure(system: System, path: string, rows: number): Promise<Figures> {
  const { client, settings } = system.runs;
  const { taskQueue } = settings;
  await system.killWorker();
  await system.startWorker();
  system.takeMemory();
  const from = performance.now();
  const workflowId = `etl-${String(rows)}`;
  const handle = await client.workflow.start('etlPipeline', { workflowId, taskQueue, args: [inputFor(path, rows)] });
  const ended = (await handle.result()) as EtlResult;
  const seconds = (performance.now() - from) / 1_000;
  const { workerMb } = system.takeMemory();
  check(ended, rows);
  const { events, runs } = await chainOf(client, workflowId, handle.firstExecutionRunId);
  return {
    rows,
    seconds: Math.round(seconds * 10) / 10,
    rowsPerSecond: Math.round(rows / seconds),
    events,
    eventsPerThousand: Math.round((events / rows) * 10_000) / 10,
    runs,
    workerMb,
  };
}

/** Every row is where it belongs, or the figures mean nothing. */
function check(ended: EtlResult, rows: number): void {
  const rejected = Math.floor(rows / 100);
  if (ended.status === 'loaded' && ended.loaded === rows - rejected && ended.rejected === rejected) return;
  throw new Error(`expected ${String(rows)} rows loaded but ${String(rejected)}, got ${JSON.stringify(ended)}`);
}

async function chainOf(client: Client, workflowId: string, first: string): Promise<{ events: number; runs: number }> {
  let events = 0;
  let runs = 0;
  let runId: string | null | undefined = first;
  while (runId) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    events += history.events?.length ?? 0;
    runs += 1;
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return { events, runs };
}

/** MB of the worker's heap. Without a limit it would collect garbage late and hold memory only because there is some. */
const heapMb = 320;

async function bench(): Promise<readonly Figures[]> {
  process.env['NODE_OPTIONS'] = `--max-old-space-size=${String(heapMb)}`;
  const folder = mkdtempSync(join(tmpdir(), 'fermata-etl-'));
  const system = await startSystem({ say });
  try {
    const figures: Figures[] = [];
    for (const rows of sizes) {
      const path = join(folder, `${String(rows)}.csv`);
      await generate(path, rows);
      say(`loading ${rows.toLocaleString('en')} rows`);
      figures.push(await measure(system, path, rows));
    }
    return figures;
  } finally {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function tableOf(figures: readonly Figures[]): string {
  const table = new Table({
    head: ['rows', 'seconds', 'rows/s', 'events', 'events per 1,000 rows', 'runs', 'worker MB'],
    colAligns: Array.from({ length: 7 }, () => 'right' as const),
    style: { head: [], border: [] },
  });
  for (const each of figures) {
    const { rows, seconds, rowsPerSecond, events, eventsPerThousand, runs, workerMb } = each;
    table.push(
      [rows, seconds, rowsPerSecond, events, eventsPerThousand, runs, workerMb].map((n) => n.toLocaleString('en')),
    );
  }
  return table.toString();
}

const figures = await bench();
if (json) printJson({ data: 'synthetic', heapMb, sizes: figures });
else
  process.stdout.write(
    `${tableOf(figures)}\nSynthetic rows of five columns; one in a hundred is rejected. The worker's heap is limited to ${String(heapMb)} MB.\n`,
  );
