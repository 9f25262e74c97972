/** Runs small workflows that use one pattern, on the time-skipping server, with the product's interceptors. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { heartbeats } from '../../src/activities/heartbeat.ts';
import { workflowBundle } from './bundles.ts';
import type { Explorable } from './explore/session.ts';
import './runtime.ts';
import { timeSkippingEnvironment } from './time-skipping.ts';

export interface PatternHarness {
  readonly env: TestWorkflowEnvironment;
  /** What an exploration runs on. */
  parts(): Explorable;
  /** Starts a workflow of the file and hands its handle to `work` while a worker runs. */
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
  const [env, bundle] = await Promise.all([timeSkippingEnvironment(), workflowBundle(path, interceptorModules)]);
  return {
    env,
    parts: () => ({
      env,
      workflowsPath: path,
      interceptorModules,
      activities,
      activityInterceptors: [() => ({ inbound: heartbeats() })],
    }),
    async run(workflow, args, work) {
      const taskQueue = `patterns-${randomUUID()}`;
      const worker = await Worker.create({
        connection: env.nativeConnection,
        taskQueue,
        workflowBundle: bundle,
        activities,
        interceptors: { activity: [() => ({ inbound: heartbeats() })] },
        shutdownGraceTime: '1 second',
      });
      return worker.runUntil(async () => {
        const workflowId = `${workflow}-${randomUUID()}`;
        return work(
          await env.client.workflow.start(workflow, { workflowId, taskQueue, args, workflowTaskTimeout: '10 seconds' }),
        );
      });
    },
    async stop() {
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
