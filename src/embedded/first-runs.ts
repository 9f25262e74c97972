/** Starts one run of each process that waits for a person, so that a first look at the inbox finds something to decide. */
import { catalog, type Process } from '../catalog.ts';
import { startRun, summaryOfRun, type Runs } from '../runs.ts';
import { setTimeout as pause } from 'node:timers/promises';

const patienceMs = 60_000;

/** What became of the first runs, by process. */
interface FirstRun {
  readonly process: string;
  readonly id: string;
  readonly state: string;
}

/**
 * Starts the sample of every process with approvers that takes no documents, once for a data folder, and waits up to a
 * minute until each has ended or waits for a person.
 */
export async function startFirstRuns(runs: Runs): Promise<FirstRun[]> {
  const processes = catalog.filter(({ approvers, name }) => approvers.length > 0 && name !== 'document-ingestion');
  const started = await Promise.all(processes.map((process) => startOnce(runs, process)));
  const deadline = Date.now() + patienceMs;
  const settled = new Map<string, FirstRun>();
  while (settled.size < started.length && Date.now() < deadline) {
    for (const { process, id } of started.filter((each) => !settled.has(each.id))) {
      const { state, gates } = await summaryOfRun(runs, id);
      if (state === 'running' && gates.length === 0) continue;
      settled.set(id, { process, id, state: gates.length > 0 ? `waits: ${gates.join(', ')}` : state });
    }
    await pause(500);
  }
  return started.map(({ process, id }) => settled.get(id) ?? { process, id, state: 'running' });
}

async function startOnce(runs: Runs, process: Process): Promise<{ readonly process: string; readonly id: string }> {
  const { id } = await startRun(runs, process, process.sample, { id: `first-${process.name}`, earlier: 'answer' });
  return { process: process.name, id };
}

/** The runs as a person reads them. */
export function showFirstRuns(found: readonly FirstRun[]): string {
  const width = Math.max(...found.map(({ process }) => process.length));
  return found.map(({ process, state }) => `${process.padEnd(width)}  ${state}`).join('\n');
}
