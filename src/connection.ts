/**
 * How every part of Fermata reaches the Temporal server: the address and credentials of a `temporal` configuration
 * profile and the `TEMPORAL_*` variables, overridden by the address that the settings name.
 */
import type { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnection, NativeConnectionOptions } from '@temporalio/worker';
import type { Settings } from './config.ts';

const maxMessageBytes = 64 * 1024 * 1024;

/** Where to connect, as both the client's and the worker's connection understand it. */
export interface ConnectionPlan {
  readonly options: NativeConnectionOptions & { readonly address: string };
  readonly namespace: string;
}

/** No Temporal server answers, or it does not let us in; the message says which and what to do. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

/** Input that cannot be used; the message says what is wrong with it. */
export class BadInput extends Error {
  override name = 'BadInput';
}

/**
 * Reads profile and environment; an API key turns TLS on. Throws {@link BadInput} when the profile does not exist or
 * cannot be read.
 */
export function connectionOptions(settings: Settings): ConnectionPlan {
  const { address, namespace, profile } = settings.temporal;
  let config;
  try {
    config = loadClientConnectConfig(profile === undefined ? {} : { profile });
  } catch (error) {
    throw new BadInput(`temporal configuration: ${messageOf(error)}\nCheck TEMPORAL_PROFILE and the profile's file.`);
  }
  // Credentials belong to the profile's own server: they are not shown to the one of `npm start`.
  const elsewhere = address !== undefined && address !== config.connectionOptions.address;
  return {
    options: {
      ...(elsewhere ? {} : config.connectionOptions),
      address: address ?? config.connectionOptions.address ?? 'localhost:7233',
    },
    namespace: namespace ?? (elsewhere ? undefined : config.namespace) ?? 'default',
  };
}

/** Connects a client. Throws {@link Unreachable} when none answers in time. The caller closes the connection. */
export async function connect(settings: Settings): Promise<{ connection: Connection; namespace: string }> {
  const { options, namespace } = connectionOptions(settings);
  const { Connection } = await import('@temporalio/client');
  const { address, tls, metadata, apiKey } = options;
  const connection = Connection.lazy({
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(apiKey === undefined ? {} : { apiKey }),
    connectTimeout: settings.limits.connectMs,
    // Histories pass gRPC's default of 4 MB.
    channelArgs: { 'grpc.max_receive_message_length': maxMessageBytes },
  });
  try {
    await connection.ensureConnected();
    return { connection, namespace };
  } catch (error) {
    await connection.close();
    throw unreachable(address, error);
  }
}

/** The same for a worker. Throws {@link Unreachable} when none answers in time. The caller closes the connection. */
export async function connectWorker(
  settings: Settings,
): Promise<{ connection: NativeConnection; namespace: string; address: string }> {
  const { options, namespace } = connectionOptions(settings);
  const { NativeConnection } = await import('@temporalio/worker');
  const connecting = NativeConnection.connect(options);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('deadline passed'));
    }, settings.limits.connectMs);
  });
  try {
    return { connection: await Promise.race([connecting, timeout]), namespace, address: options.address };
  } catch (error) {
    connecting.then((late) => late.close()).catch(() => undefined);
    throw unreachable(options.address, error);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(address: string, error: unknown): Unreachable {
  const why = causeOf(error);
  return new Unreachable(
    `cannot reach a Temporal server at ${address} (${why})\n` +
      'Run `npm start`, or set TEMPORAL_ADDRESS (or TEMPORAL_PROFILE) to a server that is up.',
    { cause: error },
  );
}

/** The server's words where it answered, without the SDK's wrapping. */
function causeOf(error: unknown): string {
  const message = messageOf(error).split('\n')[0] ?? '';
  if (/UNAUTHENTICATED|PERMISSION_DENIED|Unauthorized/i.test(message)) return 'it refuses the credentials';
  if (/connection refused/i.test(message)) return 'connection refused';
  if (/deadline|failed to connect/i.test(message)) return 'no answer';
  return message.replace(/^\d+ [A-Z_]+: /, '').slice(0, 160);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
