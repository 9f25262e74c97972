/** What became of runs, for reports: read from Temporal's visibility, the runs' own progress and their results. */
import { Client, type WorkflowExecutionInfo, type WorkflowHandle } from '@temporalio/client';
import type { Settings } from '../config.ts';
import { connect } from '../connection.ts';
import { failure } from '../failures.ts';

/** One closed run. Times in milliseconds. */
export interface RunFacts {
  readonly workflowType: string;
  readonly state: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timedOut';
  readonly durationMs: number;
  /** How much of it waited at gates for people. */
  readonly waitedMs: number;
  /** Routes taken, in order. */
  readonly routes: readonly string[];
  /** Rounds of loops. */
  readonly iterations: number;
  /** Names of the stages in which it failed, outermost first. */
  readonly failedIn?: readonly string[];
  /** What models cost, in millionths of a dollar, where the result says so. */
  readonly microUsd: number;
}

export interface RunReader {
  /**
   * Runs on our task queue that closed between two moments, at most `limit`. Fails with `TemporalDown` (dependency)
   * when the server cannot be asked. A run whose progress no worker can tell counts without it.
   */
  closedBetween(from: Date, to: Date, limit: number): Promise<RunFacts[]>;
  close(): Promise<void>;
}

/** A node of the progress tree, as far as reports read it. */
interface Node {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly start: string;
  readonly end?: string;
  readonly children: readonly Node[];
}

const states: Readonly<Record<string, RunFacts['state']>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timedOut',
};
const askedAtOnce = 8;

/** Opens the reader; it connects at its first use. */
export function openRunReader(settings: Settings): RunReader {
  let opened: Promise<{ client: Client; close: () => Promise<void> }> | undefined;
  const open = (): NonNullable<typeof opened> => {
    opened ??= connect(settings).then(({ connection, namespace }) => ({
      client: new Client({ connection, namespace }),
      close: () => connection.close(),
    }));
    opened.catch(() => (opened = undefined));
    return opened;
  };
  return {
    async closedBetween(from, to, limit) {
      try {
        const { client } = await open();
        const found = await listClosed(client, settings.taskQueue, from, to, limit);
        return await inLanes(found, (info) => factsOf(client, info, settings.limits.viewMs));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw failure('dependency', `the runs cannot be read: ${why}`, { type: 'TemporalDown', cause: error });
      }
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

async function listClosed(
  client: Client,
  taskQueue: string,
  from: Date,
  to: Date,
  limit: number,
): Promise<WorkflowExecutionInfo[]> {
  const query = [
    `TaskQueue = '${taskQueue}'`,
    `ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')`,
    `CloseTime >= '${from.toISOString()}' AND CloseTime < '${to.toISOString()}'`,
  ].join(' AND ');
  const found: WorkflowExecutionInfo[] = [];
  for await (const info of client.workflow.list({ query, pageSize: 200 })) {
    found.push(info);
    if (found.length >= limit) break;
  }
  return found;
}

async function factsOf(client: Client, info: WorkflowExecutionInfo, limitMs: number): Promise<RunFacts> {
  const handle = client.workflow.getHandle(info.workflowId, info.runId);
  const state = states[info.status.name] ?? 'failed';
  const tree = await client
    .withDeadline(Date.now() + limitMs, () => handle.query<Node | undefined>('progress'))
    .catch(none);
  const nodes = tree === undefined ? [] : flatten(tree);
  const failedIn = state === 'failed' ? nodes.filter(isFailedStage).map(({ name }) => name) : [];
  return {
    workflowType: info.type,
    state,
    durationMs: (info.closeTime ?? info.startTime).getTime() - info.startTime.getTime(),
    waitedMs: nodes.filter(({ kind }) => kind === 'gate').reduce((sum, node) => sum + lengthOf(node), 0),
    routes: nodes.filter(({ kind }) => kind === 'route').map(({ name }) => name),
    iterations: nodes.filter(({ kind }) => kind === 'round').length,
    ...(failedIn.length === 0 ? {} : { failedIn }),
    microUsd: state === 'completed' ? await costOf(handle) : 0,
  };
}

async function costOf(handle: WorkflowHandle): Promise<number> {
  const result: unknown = await handle.result().catch(none);
  const cost = (result as { cost?: { microUsd?: unknown } } | null | undefined)?.cost?.microUsd;
  return typeof cost === 'number' ? cost : 0;
}

function flatten(node: Node): Node[] {
  return [node, ...node.children.flatMap(flatten)];
}

function isFailedStage({ kind, state }: Node): boolean {
  return kind === 'stage' && state === 'failed';
}

function lengthOf({ start, end }: Node): number {
  return end === undefined ? 0 : Date.parse(end) - Date.parse(start);
}

function none(): undefined {
  return undefined;
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const next = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of next) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: askedAtOnce }, lane));
  return results;
}
