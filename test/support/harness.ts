/**
 * The one harness: the real worker code, real Postgres, real readers, on the time-skipping server. Time is skipped, not
 * waited for.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import { loadSettings, type Settings } from '../../src/config.ts';
import { openServices, type OpenServices } from '../../src/services/open.ts';
import { workerOptions } from '../../src/worker.ts';
import { workflowBundle } from './bundles.ts';
import type { Explorable } from './explore/session.ts';
import { Workbench } from './explore/workbench.ts';
import { testDatabase } from './postgres.ts';
import { RunningWorker } from './running-worker.ts';
import './runtime.ts';
import { timeSkippingEnvironment } from './time-skipping.ts';

export interface Harness {
  readonly env: TestWorkflowEnvironment;
  readonly client: Client;
  readonly settings: Settings;
  readonly services: OpenServices;
  /**
   * Runs `work` with the task queue of the harness's worker; meanwhile `faults` replace activities, for instance with one
   * that fails first and then does the real thing. One call after the other.
   */
  withWorker<T>(
    work: (taskQueue: string) => Promise<T>,
    faults?: (real: Activities) => Partial<Activities>,
  ): Promise<T>;
  /** What explorations of the product's workflows run on. */
  readonly workbench: Workbench;
  /** The server, and what its workers are made of. */
  readonly parts: Explorable;
  stop(): Promise<void>;
}

const path = (name: string): string => fileURLToPath(new URL(`../../src/workflows/${name}.ts`, import.meta.url));

/** Brings everything up in a data folder of its own. */
export async function startHarness(environment: Readonly<Record<string, string>> = {}): Promise<Harness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fermata-test-'));
  const [env, database] = await Promise.all([timeSkippingEnvironment(), testDatabase({ tables: true })]);
  const settings = loadSettings({
    FERMATA_DATA: dataDir,
    DATABASE_URL: database.url,
    FERMATA_LOG: 'silent',
    ...environment,
  });
  const services = await openServices(settings);
  /** Made when they are needed, so that a test can replace a service before. */
  let made: Activities | undefined;
  const real = (): Activities => (made ??= createActivities(services));
  let replaced: Partial<Activities> = {};
  const taskQueue = `test-${randomUUID()}`;
  const { workflowsPath: _path, ...options } = { workflowsPath: undefined, ...workerOptions(settings) };
  const { activity } = options.interceptors;
  const worker = new RunningWorker(async () => ({
    ...options,
    interceptors: { activity },
    workflowBundle: await workflowBundle(path('index'), [path('interceptors')]),
    connection: env.nativeConnection,
    taskQueue,
    activities: withFaults(real(), () => replaced),
  }));
  const parts: Explorable = {
    env,
    workflowsPath: path('index'),
    interceptorModules: [path('interceptors')],
    get activities() {
      return real();
    },
    activityInterceptors: activity,
  };
  const workbench = new Workbench(parts);
  return {
    env,
    client: env.client,
    settings,
    services,
    async withWorker(work, faults) {
      replaced = faults?.(real()) ?? {};
      try {
        return await worker.during(() => work(taskQueue));
      } finally {
        replaced = {};
      }
    },
    parts,
    workbench,
    async stop() {
      await workbench.close();
      await worker.stop();
      await services.close();
      await env.teardown();
      await database.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The activities, each replaced by its fault for as long as there is one. */
function withFaults(real: Activities, faults: () => Partial<Activities>): Activities {
  const names = Object.keys(real) as (keyof Activities)[];
  type Call = (...args: unknown[]) => Promise<unknown>;
  const call = (name: keyof Activities): Call => {
    return (...args) => ((faults()[name] ?? real[name]) as Call).apply(real, args);
  };
  return Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as Activities;
}
