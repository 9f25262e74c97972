/**
 * Many orders at once for goods that are scarce, a third of them with a card that is declined, and a worker that is
 * killed twice: whether a unit is sold twice or a cent is lost. Real servers and a real worker process, removed afterwards.
 */
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { InvalidArgumentError } from 'commander';
import { findProcess } from '../src/catalog.ts';
import { startRun } from '../src/runs.ts';
import { benchCommand, printJson } from './arguments.ts';
import { startSystem, type System } from './ingestion-system.ts';
import { inLanes } from './ingestion-check.ts';
import { checkOrders, makeScarce, orderNumber, type Audit } from './orders-check.ts';

interface Options {
  readonly json?: boolean;
  readonly orders: number;
}

interface Figures extends Audit {
  readonly orders: number;
  readonly seconds: number;
  readonly ordersPerSecond: number;
  /** Orders that had ended when the worker was killed. */
  readonly killedAfter: readonly number[];
}

const pollMs = 200;
/** Nothing ends for so long: what is missing now will not come any more. */
const patienceMs = 120_000;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function send(system: System, count: number): Promise<readonly string[]> {
  const fulfilment = findProcess('order-fulfilment');
  if (fulfilment === undefined) throw new Error('order-fulfilment is not in the catalog');
  const numbers = Array.from({ length: count }, (_, index) => index);
  return inLanes(numbers, async (index) => (await startRun(system.runs, fulfilment, orderNumber(index))).id);
}

/** Waits until so many runs have ended; else until patience ends. Gives how many there are. */
async function untilEnded({ runs }: System, goal: number): Promise<number> {
  const ended = `TaskQueue = '${runs.settings.taskQueue}' AND ExecutionStatus != 'Running'`;
  let done = 0;
  let movedAt = Date.now();
  while (Date.now() - movedAt < patienceMs) {
    const { count } = await runs.client.workflow.count(ended);
    if (count !== done) movedAt = Date.now();
    done = count;
    if (done >= goal) return done;
    await pause(pollMs);
  }
  say(`  nothing more in ${String(patienceMs / 1000)} s`);
  return done;
}

async function killAt(system: System, goal: number): Promise<number> {
  const done = await untilEnded(system, goal);
  await system.killWorker();
  say(`  worker killed after ${String(done)} orders`);
  await system.startWorker();
  return done;
}

async function measure(system: System, count: number): Promise<Figures> {
  await makeScarce(system.db, count);
  const startedAt = Date.now();
  const sending = send(system, count);
  const killedAfter: number[] = [];
  for (const share of [0.25, 0.6]) killedAfter.push(await killAt(system, Math.floor(count * share)));
  const ids = await sending;
  await untilEnded(system, count);
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
  const ordersPerSecond = Math.round((count / seconds) * 10) / 10;
  return { orders: count, seconds, ordersPerSecond, killedAfter, ...(await checkOrders(system, ids)) };
}

function print(figures: Figures): void {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  const { outcomes, faults, ...others } = figures;
  for (const [name, value] of Object.entries({ ...others, ...outcomes })) table.push([name, String(value)]);
  process.stdout.write(`${table.toString()}\n`);
  for (const fault of faults) process.stdout.write(`WRONG: ${fault}\n`);
  if (faults.length === 0) process.stdout.write('no unit sold twice, no cent lost, every order ended\n');
}

async function run(options: Options): Promise<void> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        reject(new Error('interrupted'));
      });
    }
  });
  interrupted.catch(() => undefined);
  const system = await startSystem({ say });
  try {
    const figures = await Promise.race([measure(system, options.orders), interrupted]);
    if (options.json === true) printJson({ bench: 'orders', ...figures });
    else print(figures);
    if (figures.faults.length > 0) process.exitCode = 1;
  } finally {
    await system.stop();
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isInteger(value))) throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}

await benchCommand('bench:orders', 'Sends orders for scarce goods to a worker that is killed twice')
  .option('--orders <count>', 'orders in all', positive, 500)
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    // What was under way when it was interrupted must not keep it up.
    process.exit(1);
  });
