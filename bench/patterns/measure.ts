/** Measures one item: interleaved pairs for time and history, fresh worker processes for memory. */
import type { Client } from '@temporalio/client';
import { measureHistory, type HistoryFigures } from './history.ts';
import { runItem, type Item } from './items.ts';
import { sides, type Side } from './sides.ts';
import { median, pairedRatio, type Ratio } from './statistics.ts';
import { peakMemoryMb, type Say, type System } from './system.ts';

/** What one item came to, both sides and their ratios. */
export interface Figures {
  readonly name: string;
  readonly measures: string;
  readonly pairs: number;
  readonly latency: Ratio;
  readonly latencyMs: BySide;
  /** Events without those of workflow tasks; the same in every run of a side, or the bench says so. */
  readonly codeEvents: BySide;
  readonly tasks: BySide & Ratio;
  readonly fewestTasks: BySide;
  readonly bytes: BySide;
  readonly actions: BySide;
  readonly memoryMb?: BySide;
}

/** One figure for each side. */
export interface BySide {
  readonly ours: number;
  readonly theirs: number;
}

interface Sample extends HistoryFigures {
  readonly ms: number;
}

interface Pair {
  readonly ours: Sample;
  readonly theirs: Sample;
}

const warmUpPairs = 5;

/** Runs the pairs, ours first in every other one. `client` belongs to a system whose worker serves both sides. */
export async function measurePairs(client: Client, item: Item, count: number, say: Say): Promise<Figures> {
  for (let pair = 0; pair < Math.min(warmUpPairs, count); pair += 1) {
    for (const side of sides) await runItem(client, item, side);
  }
  const pairs: Pair[] = [];
  let told = Date.now();
  while (pairs.length < count) {
    pairs.push(await measurePair(client, item, pairs.length % 2 === 0));
    if (Date.now() - told < 5_000) continue;
    told = Date.now();
    say(`${item.name}: ${String(pairs.length)} of ${String(count)} pairs`);
  }
  return figuresOf(item, pairs);
}

async function measurePair(client: Client, item: Item, oursFirst: boolean): Promise<Pair> {
  const order: readonly Side[] = oursFirst ? ['ours', 'hand-written'] : ['hand-written', 'ours'];
  const runs = [];
  // Histories are read when both have been timed, so that reading one does not disturb the other.
  for (const side of order) runs.push({ side, ...(await runItem(client, item, side)) });
  const samples = new Map<Side, Sample>();
  for (const { side, ms, handle } of runs) samples.set(side, { ms, ...(await measureHistory(handle)) });
  return { ours: samples.get('ours') as Sample, theirs: samples.get('hand-written') as Sample };
}

function figuresOf(item: Item, pairs: readonly Pair[]): Figures {
  const bySide = (pick: (sample: Sample) => number, reduce: (values: readonly number[]) => number): BySide => ({
    ours: reduce(pairs.map((pair) => pick(pair.ours))),
    theirs: reduce(pairs.map((pair) => pick(pair.theirs))),
  });
  const ratio = (pick: (sample: Sample) => number): Ratio =>
    pairedRatio(pairs.map(({ ours, theirs }) => ({ ours: pick(ours), theirs: pick(theirs) })));
  return {
    name: item.name,
    measures: item.measures,
    pairs: pairs.length,
    latency: ratio((sample) => sample.ms),
    latencyMs: bySide((sample) => sample.ms, median),
    // The most of ours against the fewest of theirs: one run with an event more is found.
    codeEvents: {
      ours: Math.max(...pairs.map(({ ours }) => ours.codeEvents)),
      theirs: Math.min(...pairs.map(({ theirs }) => theirs.codeEvents)),
    },
    tasks: { ...bySide((sample) => sample.tasks, median), ...ratio((sample) => sample.tasks) },
    fewestTasks: bySide(
      (sample) => sample.tasks,
      (values) => Math.min(...values),
    ),
    bytes: bySide((sample) => sample.bytes, median),
    actions: {
      ours: Math.max(...pairs.map(({ ours }) => ours.actions)),
      theirs: Math.min(...pairs.map(({ theirs }) => theirs.actions)),
    },
  };
}

/** Peak memory of a fresh worker process that runs the item alone, a process for each side. */
export async function measureMemory(system: System, item: Item): Promise<BySide> {
  const ours = await peakOf(system, item, 'ours');
  return { ours, theirs: await peakOf(system, item, 'hand-written') };
}

async function peakOf(system: System, item: Item, side: Side): Promise<number> {
  const worker = await system.startWorker([side]);
  try {
    let left = item.memoryRuns.total;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await runItem(system.client, item, side);
      }
    };
    await Promise.all(Array.from({ length: item.memoryRuns.atOnce }, lane));
    return peakMemoryMb(worker.pid);
  } finally {
    await worker.stop();
  }
}
