/**
 * How close due diligence comes to its critical path in real time: vendors that take 12, 12, 11 and 10 seconds, on a server,
 * a database and a worker of its own. `npm run bench:due-diligence [runs]`.
 */
import { findProcess } from '../src/catalog.ts';
import { startRun } from '../src/runs/start.ts';
import { setBehaviour } from '../src/services/vendors/behaviour.ts';
import type { DueDiligenceResult } from '../src/workflows/due-diligence.ts';
import { startSystem } from './ingestion-system.ts';

const seconds = { identity: 12, credit: 12, references: 11, background: 10 } as const;
const slowest = Math.max(...Object.values(seconds));
const limit = 1.03;
const runs = Number(process.argv[2] ?? 3);

const due = findProcess('due-diligence');
if (due === undefined) throw new Error('there is no process due-diligence');
const input = { ...(due.sample as object), name: 'Highscore Hopper', referees: ['David Hilbert'] };

const system = await startSystem({ say: () => undefined });
const pace = async (factor: number): Promise<void> => {
  for (const kind of Object.keys(seconds) as (keyof typeof seconds)[]) {
    await setBehaviour(system.db, kind, { paceMs: seconds[kind] * factor });
  }
};
const assess = async (): Promise<{ readonly result: DueDiligenceResult; readonly took: number }> => {
  const { id } = await startRun(system.runs, due, input);
  const handle = system.runs.client.workflow.getHandle(id);
  const result = (await handle.result()) as DueDiligenceResult;
  const { startTime, closeTime } = await handle.describe();
  return { result, took: ((closeTime?.getTime() ?? NaN) - startTime.getTime()) / 1000 };
};
try {
  await pace(0);
  // The first run of a worker loads the sanctions list and compiles: that is no cost of a run.
  console.log(`warm-up, vendors that answer at once: ${(await assess()).took.toFixed(2)} s`);
  await pace(1000);
  const ratios: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const { result, took } = await assess();
    const { status, timeSaved } = result;
    ratios.push(took / slowest);
    const { sequential, saved } = timeSaved;
    console.log(
      `run ${run}: ${status} in ${took.toFixed(2)} s, ${(took / slowest).toFixed(3)} of the slowest vendor's ${slowest} s; ` +
        `one after the other ${sequential.toFixed(1)} s, saved ${saved.toFixed(1)} s`,
    );
  }
  const worst = Math.max(...ratios);
  console.log(`worst ratio ${worst.toFixed(3)}, limit ${limit}`);
  if (!(worst <= limit)) process.exitCode = 1;
} finally {
  await system.stop();
}
