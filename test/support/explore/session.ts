/** The worker on which explorations run their workflow again and again, one run after the other. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  WorkflowFailedError,
  type Client,
  type WorkflowClient,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  Worker,
  type ActivityInterceptorsFactory,
  type InjectedSinks,
  type WorkflowBundlePath,
} from '@temporalio/worker';
import { faultyActivities } from './activities.ts';
import type { ExploreSinks } from './interceptors.ts';
import { timeSkippingEnvironment } from '../time-skipping.ts';
import { memoKey, type Fault, type Plan } from './plan.ts';
import { ExploredRun, type Signals } from './run.ts';
import type { Votes } from './votes.ts';

/** What a harness gives to an exploration: its server, and what its workers are made of. */
export interface Explorable {
  readonly env: TestWorkflowEnvironment;
  /** File with the workflows, and the modules with their interceptors. */
  readonly workflowsPath: string;
  readonly interceptorModules: readonly string[];
  readonly activities: object;
  readonly activityInterceptors: readonly ActivityInterceptorsFactory[];
}

export type History = Awaited<ReturnType<WorkflowHandleWithFirstExecutionRunId['fetchHistory']>>;

/** How a run ended. */
export type Outcome =
  | { readonly status: 'completed'; readonly result: unknown }
  | { readonly status: 'failed'; readonly error: Error }
  | { readonly status: 'cancelled' }
  | { readonly status: 'hung' };

export interface Finished {
  readonly workflowId: string;
  readonly run: ExploredRun;
  readonly handle: WorkflowHandleWithFirstExecutionRunId;
  readonly outcome: Outcome;
  /** Of each run that the one before continued as; usually one. */
  readonly histories: readonly [History, ...History[]];
  /** Activities that were at work although the run had closed. */
  readonly stillAtWork: readonly string[];
}

/** What a run is given. */
export interface Start {
  readonly workflow: string;
  readonly workflowId: string;
  readonly args: readonly unknown[];
  readonly faults: readonly Fault[];
  readonly votes: Votes;
  readonly signals: Signals;
}

/**
 * Time is skipped: a run that gives no sign of life for this long, in milliseconds, is stuck. While an activity is at
 * work it may take longer: the first call of a model reads it in.
 */
const stuckAfter = { waiting: 20_000, atWork: 60_000 } as const;
/** A task that was handed to a worker that is gone comes again only after this many milliseconds. */
const taskTimeout = { usually: 10_000, withRestart: 3_000 } as const;

export class Session {
  private readonly bundle: WorkflowBundlePath;
  private readonly parts: Explorable;
  private readonly taskQueue = `explore-${randomUUID()}`;
  private readonly maxCachedWorkflows: number;
  private env: TestWorkflowEnvironment;
  /** A run that is stuck can keep its server from skipping time for good, also after it was terminated. */
  private stuck = false;
  private run: ExploredRun | undefined;
  private worker!: Worker;
  private working!: Promise<void>;

  private constructor(parts: Explorable, bundle: WorkflowBundlePath, maxCachedWorkflows: number) {
    this.parts = parts;
    this.env = parts.env;
    this.bundle = bundle;
    this.maxCachedWorkflows = maxCachedWorkflows;
  }

  static async open(parts: Explorable, bundle: WorkflowBundlePath, maxCachedWorkflows = 50): Promise<Session> {
    const session = new Session(parts, bundle, maxCachedWorkflows);
    await session.startWorker();
    return session;
  }

  get client(): Client {
    return this.env.client;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    if (this.env !== this.parts.env) await this.env.teardown();
  }

  /** Runs the workflow to its end and fetches its history. */
  async execute(start: Start): Promise<Finished> {
    const { workflowId, faults } = start;
    if (this.stuck) await this.moveOn();
    const run = new ExploredRun(start, () => this.restart());
    this.run = run;
    const plan: Plan = { prefix: '', faults };
    const { workflow } = this.env.client;
    const restarts = faults.some(({ kind }) => kind === 'restart');
    const workflowTaskTimeout = restarts ? taskTimeout.withRestart : taskTimeout.usually;
    const handle = await workflow.start(start.workflow, {
      workflowId,
      taskQueue: this.taskQueue,
      args: [...start.args],
      memo: { [memoKey]: plan },
      workflowTaskTimeout,
    });
    run.hasStarted(handle);
    const patience = stuckAfter.waiting + (restarts ? taskTimeout.withRestart : 0);
    const outcome = await outcomeOf(handle, run, patience);
    this.stuck = outcome.status === 'hung';
    const stillAtWork = run.atWork();
    run.end();
    const histories = await historiesOf(workflow, handle);
    return { workflowId, run, handle, outcome, histories, stillAtWork };
  }

  private async restart(): Promise<void> {
    await this.stopWorker();
    await this.startWorker();
  }

  /** To a server of its own. */
  private async moveOn(): Promise<void> {
    await this.close();
    this.env = await timeSkippingEnvironment();
    this.stuck = false;
    await this.startWorker();
  }

  private async stopWorker(): Promise<void> {
    this.worker.shutdown();
    await this.working;
  }

  private async startWorker(): Promise<void> {
    const sinks: InjectedSinks<ExploreSinks> = {
      explore: {
        reached: { fn: async (_info, point) => this.run?.reached(point) },
        answered: { fn: () => this.run?.answered() },
      },
    };
    const faulty: ActivityInterceptorsFactory = () => ({ inbound: faultyActivities(() => this.run) });
    this.worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue: this.taskQueue,
      workflowBundle: this.bundle,
      activities: this.parts.activities,
      interceptors: { activity: [faulty, ...this.parts.activityInterceptors] },
      sinks,
      maxCachedWorkflows: this.maxCachedWorkflows,
      maxHeartbeatThrottleInterval: '20 milliseconds',
      defaultHeartbeatThrottleInterval: '20 milliseconds',
      stickyQueueScheduleToStartTimeout: '200 milliseconds',
      shutdownGraceTime: '500 milliseconds',
    });
    this.working = this.worker.run();
  }
}

async function historiesOf(
  client: WorkflowClient,
  { workflowId, firstExecutionRunId }: WorkflowHandleWithFirstExecutionRunId,
): Promise<[History, ...History[]]> {
  const fetch = (runId: string): Promise<History> => client.getHandle(workflowId, runId).fetchHistory();
  const histories: [History, ...History[]] = [await fetch(firstExecutionRunId)];
  for (;;) {
    const last = histories.at(-1)?.events?.at(-1);
    const next = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (!next) return histories;
    histories.push(await fetch(next));
  }
}

async function outcomeOf(
  handle: WorkflowHandleWithFirstExecutionRunId,
  run: ExploredRun,
  patience: number,
): Promise<Outcome> {
  const guard = new AbortController();
  const ended = handle.result().then(
    (result: unknown): Outcome => ({ status: 'completed', result }),
    (error: unknown): Outcome => {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const cause = error.cause ?? error;
      return cause instanceof CancelledFailure ? { status: 'cancelled' } : { status: 'failed', error: cause };
    },
  );
  const first = await Promise.race([ended, silence(run, patience, guard.signal)]);
  guard.abort();
  if (first !== undefined) return first;
  await handle.terminate('stuck').catch(() => undefined);
  await ended.catch(() => undefined);
  return { status: 'hung' };
}

async function silence(run: ExploredRun, patience: number, signal: AbortSignal): Promise<undefined> {
  const limit = (): number => (run.atWork().length > 0 ? stuckAfter.atWork : patience);
  while (!signal.aborted && Date.now() - run.lastSign < limit()) {
    await pause(500, undefined, { signal }).catch(() => undefined);
  }
}
