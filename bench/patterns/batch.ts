/** How fast `batch` goes through many small items, what it leaves in the history, and what a killed worker repeats. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { BatchResult } from '../../src/workflows/patterns/batch.ts';
import { taskQueueOf } from './sides.ts';
import { peakMemoryMb, type Say, type System } from './system.ts';

/** One batch on a fresh worker. */
export interface BatchFigures {
  readonly items: number;
  readonly itemsPerSecond: number;
  /** Over all runs of its chain. */
  readonly eventsPerThousand: number;
  /** How many runs the chain had. */
  readonly runs: number;
  readonly peakMb: number;
}

/** A batch whose worker is killed in the middle. */
export interface KillFigures {
  readonly items: number;
  /** Items worked on before the worker was killed. */
  readonly killedAfter: number;
  /** Items that were worked on again. Each had its effect once, by its key. */
  readonly repeated: number;
  /** Items that nobody worked on; has to be 0. */
  readonly missing: number;
  readonly secondsAfterRestart: number;
}

/** Runs a batch of so many items on a worker of its own. */
export async function measureBatch(system: System, items: number, say: Say): Promise<BatchFigures> {
  say(`batch: ${items.toLocaleString('en')} items`);
  const worker = await system.startWorker(['ours']);
  try {
    const from = performance.now();
    const handle = await start(system.client, items);
    await endOf(handle, items);
    const seconds = (performance.now() - from) / 1_000;
    const { events, runs } = await chainOf(system.client, handle);
    return {
      items,
      itemsPerSecond: items / seconds,
      eventsPerThousand: (events / items) * 1_000,
      runs,
      peakMb: peakMemoryMb(worker.pid),
    };
  } finally {
    await worker.stop();
  }
}

/** The same with a worker that is killed with SIGKILL when about half of the items have been worked on. */
export async function measureKill(system: System, items: number, say: Say): Promise<KillFigures> {
  say(`batch: ${items.toLocaleString('en')} items; the worker is killed when half of them are done`);
  const ledger = join(system.folder, `ledger-${randomUUID()}`);
  const worker = await system.startWorker(['ours'], { BENCH_LEDGER: ledger });
  const handle = await start(system.client, items);
  while (booked(ledger).length < items / 2) await pause(20);
  worker.kill();
  await worker.ended;
  const killedAfter = booked(ledger).length;
  const from = performance.now();
  const next = await system.startWorker(['ours'], { BENCH_LEDGER: ledger });
  try {
    await endOf(handle, items);
    const all = booked(ledger);
    const distinct = new Set(all).size;
    return {
      items,
      killedAfter,
      repeated: all.length - distinct,
      missing: items - distinct,
      secondsAfterRestart: (performance.now() - from) / 1_000,
    };
  } finally {
    await next.stop();
  }
}

function start(client: Client, items: number): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return client.workflow.start('batchItems', {
    workflowId: `batch-${randomUUID()}`,
    taskQueue: taskQueueOf('ours'),
    args: [items],
  });
}

async function endOf(handle: WorkflowHandleWithFirstExecutionRunId, items: number): Promise<void> {
  const { done, total } = (await handle.result()) as BatchResult;
  if (done !== items || total !== items) {
    throw new Error(`batch: expected ${String(items)} items done, got ${String(done)} of ${String(total)}`);
  }
}

function booked(ledger: string): readonly string[] {
  try {
    return readFileSync(ledger, 'utf8').split('\n').slice(0, -1);
  } catch {
    // Nothing was written yet.
    return [];
  }
}

/** Events and length of the chain of runs that continued as new. */
async function chainOf(
  client: Client,
  handle: WorkflowHandleWithFirstExecutionRunId,
): Promise<{ events: number; runs: number }> {
  let events = 0;
  let runs = 0;
  let runId: string | null | undefined = handle.firstExecutionRunId;
  while (runId) {
    const history = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    const last = history.events?.at(-1);
    events += history.events?.length ?? 0;
    runs += 1;
    runId = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return { events, runs };
}
