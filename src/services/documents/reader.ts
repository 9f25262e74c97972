/**
 * Reads documents in child processes, so that no document can harm the worker: each has a time and a memory limit, and a
 * process that a document broke is replaced.
 */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ApplicationFailure } from '@temporalio/common';
import workerpool from 'workerpool';
import type { Settings } from '../../config.ts';
import { failure, invalid } from '../../failures.ts';
import { memoryFlag, memorySignal, type ReadAnswer, type Started } from './reader-protocol.ts';
import type { Reading } from './types.ts';

/** Reads documents; shared by all activities of a worker. */
export interface Reader {
  /**
   * Reads one document. What is wrong with the document is a `validation` failure (`DocumentEmpty`, `DocumentTooLarge`,
   * `DocumentEncrypted`, `DocumentDamaged`, `DocumentHostile`, `DocumentBomb`, `DocumentUnsupported`,
   * `DocumentTooManyPages`, `DocumentTooSlow`, `DocumentTooLargeToRead`) and never retried; what went wrong on our side is
   * `ReaderFailed`, which is. On abort the reading process is ended and the signal's reason thrown.
   *
   * @param name only for the messages; what the document is, its bytes decide
   */
  read(bytes: Uint8Array, name: string, signal?: AbortSignal): Promise<Reading>;
  /** Ends all reading processes; reads under way fail. */
  close(): Promise<void>;
}

const processes = 2;
/** Deaths of the child that are not the document's doing are forgiven this often. */
const maxAttempts = 3;
const megabyte = 1024 * 1024;

type Pool = ReturnType<typeof workerpool.pool>;

/** From sources the child needs what its parent runs with; resolved from here, because the child's folder may be any. */
function typescriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

function openPool(memoryMb: number): Pool {
  const extension = extname(fileURLToPath(import.meta.url));
  const script = fileURLToPath(new URL(`./reader-child${extension}`, import.meta.url));
  const typescript = extension === '.ts' ? ['--import', typescriptLoader()] : [];
  return workerpool.pool(script, {
    workerType: 'process',
    maxWorkers: processes,
    workerTerminateTimeout: 500,
    // Piped and dropped: parsers chat, and a crash would print its heap.
    emitStdStreams: true,
    forkArgs: [`${memoryFlag}${String(memoryMb)}`],
    forkOpts: {
      execArgv: [...typescript, '--no-warnings', `--max-old-space-size=${String(Math.ceil(memoryMb))}`],
      serialization: 'advanced',
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, TZ: 'UTC', NODE_ENV: 'production' },
    },
  });
}

/** Why a child gave no answer. `unknown` is on our side as far as anyone can tell. */
type Death = 'time' | 'memory' | 'crash' | 'unknown';

function deathOf(error: unknown): Death {
  const signal = /signalCode: `(\w+)`/.exec(error instanceof Error ? error.message : '')?.[1];
  // V8 aborts when its heap is full before the watchdog sees it.
  if (signal === memorySignal || signal === 'SIGABRT') return 'memory';
  return signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL' ? 'crash' : 'unknown';
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}

type Attempt = { readonly answer: ReadAnswer } | { readonly death: Death };

/** One try in one child. The time limit counts from when the child starts on the document. */
async function attempt(
  pool: Pool,
  bytes: Uint8Array,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const child: { pid?: number; isTimeUp?: boolean; timer?: NodeJS.Timeout } = {};
  const end = () => {
    if (child.pid !== undefined) kill(child.pid);
  };
  const onEvent = ({ pid }: Partial<Started>) => {
    if (pid === undefined) return;
    child.pid = pid;
    if (signal?.aborted === true) end();
    child.timer = setTimeout(() => {
      child.isTimeUp = true;
      end();
    }, timeoutMs);
  };
  const task = pool.exec('read', [bytes], { on: onEvent });
  const onAbort = () => {
    if (child.pid === undefined) task.cancel();
    else end();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return { answer: (await task) as ReadAnswer };
  } catch (error) {
    signal?.throwIfAborted();
    return { death: child.isTimeUp === true ? 'time' : deathOf(error) };
  } finally {
    clearTimeout(child.timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function failureOf(death: Death, name: string, settings: Settings['documents']): ApplicationFailure {
  const shown = name.slice(0, 200);
  switch (death) {
    case 'time':
      return invalid(
        'DocumentTooSlow',
        `${shown} takes longer than ${String(settings.readTimeoutMs / 1000)} s to read; split it or raise FERMATA_READ_TIMEOUT_S`,
      );
    case 'memory':
      return invalid(
        'DocumentTooLargeToRead',
        `${shown} needs more than ${String(settings.readMemoryMb)} MB to read; split it or raise FERMATA_READ_MEMORY_MB`,
      );
    case 'crash':
      return invalid('DocumentDamaged', `${shown} breaks the program that reads it; ask for it to be sent again`);
    case 'unknown':
      return failure('transient', `the process that reads documents ended; ${shown} is tried again`, {
        type: 'ReaderFailed',
      });
  }
}

/** Opens a reader. No process starts before the first document; {@link Reader.close} ends them all. */
export function openReader(settings: Settings['documents']): Reader {
  let pool: Pool | undefined;
  let isClosed = false;

  async function readInChild(bytes: Uint8Array, name: string, signal: AbortSignal | undefined): Promise<ReadAnswer> {
    let death: Death = 'unknown';
    for (let tried = 0; tried < maxAttempts && death === 'unknown' && !isClosed; tried += 1) {
      pool ??= openPool(settings.readMemoryMb);
      const result = await attempt(pool, bytes, settings.readTimeoutMs, signal);
      if ('answer' in result) return result.answer;
      death = result.death;
    }
    throw failureOf(death, name, settings);
  }

  return {
    async read(bytes, name, signal) {
      signal?.throwIfAborted();
      if (bytes.length === 0) throw invalid('DocumentEmpty', `${name} is empty; ask for it to be sent again`);
      if (bytes.length > settings.maxBytes) {
        const limit = `${String(settings.maxBytes / megabyte)} MB`;
        throw invalid('DocumentTooLarge', `${name} is larger than ${limit}; split it or raise FERMATA_MAX_DOCUMENT_MB`);
      }
      const answer = await readInChild(bytes, name, signal);
      if (answer.status === 'refused') throw invalid(answer.type, `${name.slice(0, 200)}: ${answer.message}`);
      return answer.reading;
    },
    async close() {
      isClosed = true;
      await pool?.terminate(true);
      pool = undefined;
    },
  };
}
