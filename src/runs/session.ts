import { setTimeout as pause } from 'node:timers/promises';
import { Client, NamespaceNotFoundError, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Settings } from '../config.ts';
import { BadInput, connect, connectionOptions, Unreachable } from '../connection.ts';
import { pollersOf } from './pollers.ts';

/** The gRPC codes that have a meaning of their own for whoever asked. */
const status = {
  /** What a server says that is the first to see that the time is up. */
  CANCELLED: 1,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
} as const;

/** What the server says when a worker should have answered: no answer came, or it expects none after its last task. */
const unanswered: readonly (number | undefined)[] = [
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.FAILED_PRECONDITION,
];

/** How often a command asks a busy worker again. */
export const askedAgain = 2;

/** How long it waits before it does, in milliseconds: the server may say at once that no worker has answered yet. */
const pauseMs = 1_000;

/** An open connection to the Temporal server, in one namespace. */
export interface Runs {
  readonly client: Client;
  readonly settings: Settings;
  /** Hears each time that a command waits on for a busy worker; without it a command does not wait on. */
  notYet?(): void;
  close(): Promise<void>;
}

/** The server or the run said no, for a reason that its message gives. */
export class Refused extends Error {
  override name = 'Refused';
}

/** A worker is there and has not answered in time. What was asked may still come about; asking again is safe. */
export class WorkerBusy extends Error {
  override name = 'WorkerBusy';
}

/** Connects. Throws {@link Unreachable} when none answers in time. The caller closes. */
export async function connectRuns(settings: Settings): Promise<Runs> {
  const { connection, namespace } = await connect(settings);
  return { client: new Client({ connection, namespace }), settings, close: () => connection.close() };
}

/** Where Temporal's Web UI shows a run; `undefined` when its address is not known. */
export function webUrl(runs: Runs, id: string, runId: string): string | undefined {
  const { ui } = runs.settings.temporal;
  const cloud = /\.(tmprl\.cloud|temporal\.io)(:\d+)?$/.test(connectionOptions(runs.settings).options.address);
  const base = ui ?? (cloud ? 'https://cloud.temporal.io' : undefined);
  if (base === undefined) return undefined;
  const path = ['namespaces', runs.client.options.namespace, 'workflows', id, runId].map(encodeURIComponent);
  return `${base.replace(/\/$/, '')}/${path.join('/')}`;
}

/** How long the history of a run may take to be fetched, in milliseconds. */
export const historyMs = 60_000;

/**
 * Makes a call that the server itself answers, within `limitMs`, by default what the settings give the server. Errors as
 * by {@link inPlainWords}.
 */
export async function withLimit<T>(
  runs: Runs,
  id: string,
  call: () => Promise<T>,
  limitMs = runs.settings.limits.serverMs,
): Promise<T> {
  try {
    return await runs.client.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    throw inPlainWords(error, id);
  }
}

/** How a worker is asked: {@link askToShow} or {@link askToAct}. */
export type Ask = <T>(runs: Runs, id: string, call: () => Promise<T>) => Promise<T>;

/**
 * Makes a call that a worker has to answer, once, for something that is shown. Without an answer in time it throws
 * {@link WorkerBusy} while a worker is there, else {@link Refused}.
 */
export async function askToShow<T>(runs: Runs, id: string, call: () => Promise<T>): Promise<T> {
  return ask(runs, id, runs.settings.limits.viewMs, call);
}

/** The same for a command, which may wait on for a busy worker: `call` is made again, so it has to be safe to repeat. */
export async function askToAct<T>(runs: Runs, id: string, call: () => Promise<T>): Promise<T> {
  for (let left = runs.notYet === undefined ? 0 : askedAgain; ; left -= 1) {
    try {
      return await ask(runs, id, runs.settings.limits.answerMs, call);
    } catch (error) {
      if (!(error instanceof WorkerBusy) || left === 0) throw error;
      runs.notYet?.();
      await pause(pauseMs);
    }
  }
}

async function ask<T>(runs: Runs, id: string, limitMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await runs.client.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    if (!unanswered.includes(grpcErrorIn(error)?.code)) throw inPlainWords(error, id);
    throw (await isPolledFor(runs, id)) ? workerBusy(id, error) : noWorker(id, error);
  }
}

/** Whether a worker asks for work on the task queue of a run. One that has stopped counts for 90 s more. */
async function isPolledFor(runs: Runs, id: string): Promise<boolean> {
  const { workflow, workflowService, options } = runs.client;
  return withLimit(runs, id, async () => {
    const { taskQueue } = await workflow.getHandle(id).describe();
    return (await pollersOf(workflowService, options.namespace, taskQueue, 'workflow')).size > 0;
  });
}

/**
 * Says what an error of the SDK means for whoever asked for the run `id`: unknown runs and namespaces are
 * {@link BadInput}, a server that does not answer {@link Unreachable}, a server that will not {@link Refused}. Other
 * errors pass unchanged.
 */
export function inPlainWords(error: unknown, id: string): unknown {
  const grpc = grpcErrorIn(error);
  const details = grpc?.details === undefined || grpc.details === '' ? grpc?.message : grpc.details;
  if (error instanceof NamespaceNotFoundError) {
    return new BadInput(`there is no namespace '${error.namespace}'; set TEMPORAL_NAMESPACE to one that is there.`, {
      cause: error,
    });
  }
  if (error instanceof WorkflowNotFoundError) return unknownRun(id, error);
  switch (grpc?.code) {
    case undefined:
      return error;
    case status.NOT_FOUND:
      return unknownRun(id, error);
    case status.FAILED_PRECONDITION:
      // The server says so itself once it has missed the worker for a while.
      return noWorker(id, error);
    case status.CANCELLED:
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return new Unreachable('the Temporal server does not answer; see that it is up and try again.', { cause: error });
    default:
      return new Refused(`the Temporal server refused: ${details ?? ''}\n\`npm run client -- doctor\` may say why.`, {
        cause: error,
      });
  }
}

function grpcErrorIn(error: unknown): { code: number; details: string; message: string } | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (isGrpcServiceError(each)) return each;
  }
  return undefined;
}

function noWorker(id: string, cause: unknown): Refused {
  const message = `no worker answered for '${id}' in time; start one with \`npm run worker\` and try again.`;
  return new Refused(message, { cause });
}

function workerBusy(id: string, cause: unknown): WorkerBusy {
  const message =
    `not yet: the worker is busy and has not answered for '${id}'; sending this again is safe.\n` +
    'If no worker runs any more, start one with `npm run worker`.';
  return new WorkerBusy(message, { cause });
}

function unknownRun(id: string, cause: unknown): BadInput {
  return new BadInput(`there is no run '${id}'; \`npm run client -- list\` shows the runs.`, { cause });
}
