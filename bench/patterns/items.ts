/** What is measured: one entry a pattern, and how one run of it is driven and timed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { taskQueueOf, type Side } from './sides.ts';

/** One pattern with one size. */
export interface Item {
  readonly name: string;
  /** What the time is from and to. */
  readonly measures: string;
  readonly workflow: string;
  readonly args: readonly unknown[];
  /** The result of a correct run, as JSON; a run with another one ends the bench. */
  readonly result: string;
  /** Runs at a time and in all when memory is measured. */
  readonly memoryRuns: { readonly atOnce: number; readonly total: number };
  /** The run waits for this signal; the time is from sending it. */
  readonly signal?: { readonly name: string; readonly argument: unknown; readonly afterEvents: number };
}

const numbers = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, index) => index));
const whole = 'start to result';
const many = { atOnce: 20, total: 400 };

export const items: readonly Item[] = [
  {
    name: 'parallel-3',
    workflow: 'parallelBranches',
    args: [3],
    result: numbers(3),
    measures: whole,
    memoryRuns: many,
  },
  {
    name: 'parallel-100',
    workflow: 'parallelBranches',
    args: [100],
    result: numbers(100),
    measures: whole,
    memoryRuns: { atOnce: 10, total: 40 },
  },
  {
    name: 'map-1000',
    workflow: 'mapItems',
    args: [1_000],
    result: numbers(1_000),
    measures: whole,
    memoryRuns: { atOnce: 3, total: 6 },
  },
  {
    name: 'saga-2-undos',
    workflow: 'sagaUndone',
    args: [],
    result: '{"status":"undone"}',
    measures: whole,
    memoryRuns: many,
  },
  {
    name: 'gate',
    workflow: 'gateToResult',
    args: [],
    result: '{"status":"approved","by":["ada"]}',
    measures: 'signal to result',
    memoryRuns: many,
    // Started, a workflow task of three, search attributes, timer: then it waits.
    signal: {
      name: 'decide',
      argument: { gate: 'review', vote: 'approve', by: 'ada', roles: ['reviewer'] },
      afterEvents: 6,
    },
  },
  { name: 'route', workflow: 'routed', args: [], result: '"invoice booked"', measures: whole, memoryRuns: many },
  { name: 'iterate-10', workflow: 'iterated', args: [10], result: '10', measures: whole, memoryRuns: many },
];

/** Runs an item once on one side. Returns the time in ms and the closed run. Throws on a wrong result. */
export async function runItem(client: Client, item: Item, side: Side): Promise<{ ms: number; handle: WorkflowHandle }> {
  let from = performance.now();
  const handle = await client.workflow.start(item.workflow, {
    workflowId: `${item.name}-${randomUUID()}`,
    taskQueue: taskQueueOf(side),
    args: [...item.args],
  });
  if (item.signal !== undefined) {
    while ((await handle.describe()).historyLength < item.signal.afterEvents) await pause(5);
    from = performance.now();
    await handle.signal(item.signal.name, item.signal.argument);
  }
  const result = JSON.stringify(await handle.result());
  const ms = performance.now() - from;
  if (result !== item.result) {
    throw new Error(`${item.name}, ${side}: expected ${item.result.slice(0, 80)}, got ${result.slice(0, 80)}`);
  }
  return { ms, handle };
}
