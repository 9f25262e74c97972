import { Client, NamespaceNotFoundError, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Settings } from '../config.ts';
import { BadInput, connect, connectionOptions, Unreachable } from '../connection.ts';

/** The gRPC codes that have a meaning of their own for whoever asked. */
const status = {
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
} as const;

/** An open connection to the Temporal server, in one namespace. */
export interface Runs {
  readonly client: Client;
  readonly settings: Settings;
  close(): Promise<void>;
}

/** The server or the run said no, for a reason that its message gives. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Connects. Throws {@link Unreachable} after 6 seconds. The caller closes. */
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

/** Makes a call that the server itself answers, within `limitMs`. Errors as by {@link inPlainWords}. */
export async function withLimit<T>(runs: Runs, id: string, limitMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await runs.client.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    throw inPlainWords(error, id);
  }
}

/** Makes a call that a worker has to answer, within `limitMs`; none in time is {@link Refused}. */
export async function askWorker<T>(runs: Runs, id: string, limitMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await runs.client.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    throw grpcErrorIn(error)?.code === status.DEADLINE_EXCEEDED ? noWorker(id, error) : inPlainWords(error, id);
  }
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

function unknownRun(id: string, cause: unknown): BadInput {
  return new BadInput(`there is no run '${id}'; \`npm run client -- list\` shows the runs.`, { cause });
}
