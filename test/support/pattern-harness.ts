/** Runs small workflows that use one pattern, on the time-skipping server, with the product's interceptors. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { heartbeats } from '../../src/activities/heartbeat.ts';
import { workflowBundle } from './bundles.ts';
import type { Explorable } from './explore/session.ts';
import { Workbench } from './explore/workbench.ts';
import { RunningWorker } from './running-worker.ts';
import './runtime.ts';
import { timeSkippingEnvironment } from './time-skipping.ts';

export interface PatternHarness {
  readonly env: TestWorkflowEnvironment;
  /** What explorations of the file's workflows run on. */
  readonly workbench: Workbench;
  /** The server, and what its workers are made of. */
  readonly parts: Explorable;
  /** Starts a workflow of the file on the harness's worker and hands its handle to `work`. */
  run<T>(
    workflow: string,
    args: unknown[],
    work: (handle: WorkflowHandleWithFirstExecutionRunId) => Promise<T>,
  ): Promise<T>;
  stop(): Promise<void>;
}

/** `workflows`: URL of the file with the test's workflows; `activities`: what they may call. */
export async function startPatternHarness(workflows: URL, activities: object): Promise<PatternHarness> {
  const path = fileURLToPath(workflows);
  const env = await timeSkippingEnvironment();
  const activityInterceptors = [() => ({ inbound: heartbeats() })];
  const taskQueue = `patterns-${randomUUID()}`;
  const worker = new RunningWorker(async () => ({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(path, interceptorModules),
    activities,
    interceptors: { activity: activityInterceptors },
  }));
  const parts = { env, workflowsPath: path, interceptorModules, activities, activityInterceptors };
  const workbench = new Workbench(parts);
  return {
    env,
    parts,
    workbench,
    async run(workflow, args, work) {
      const workflowId = `${workflow}-${randomUUID()}`;
      const options = { workflowId, taskQueue, args, workflowTaskTimeout: '10 seconds' } as const;
      return worker.during(async () => work(await env.client.workflow.start(workflow, options)));
    },
    async stop() {
      await workbench.close();
      await worker.stop();
      await env.teardown();
    },
  };
}

const interceptorModules = [fileURLToPath(new URL('../../src/workflows/interceptors.ts', import.meta.url))];

/** The failure that ended a run, as `type: message`; fails if the run did not fail. */
export async function failureOf(result: Promise<unknown>): Promise<string> {
  try {
    await result;
  } catch (error) {
    let current = error as Error & { type?: string };
    while (current.cause instanceof Error && current.type === undefined) current = current.cause;
    return `${current.type ?? current.constructor.name}: ${current.message}`;
  }
  throw new Error('expected the run to fail');
}
