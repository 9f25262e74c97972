/**
 * The child process that reads documents, one at a time. Whatever a document does to it stays here: it has a memory limit
 * of its own, and its parent ends it when it takes too long.
 */
import { Worker } from 'node:worker_threads';
import workerpool from 'workerpool';
import { readDocument } from './read-document.ts';
import type { ReadAnswer } from './reader-protocol.ts';
import { memoryFlag, memorySignal } from './reader-protocol.ts';
import { damaged, Refusal } from './refusal.ts';

const megabyte = 1024 * 1024;
const limitMb = Number(
  process.argv.find((argument) => argument.startsWith(memoryFlag))?.slice(memoryFlag.length) ?? 512,
);

/** A thread of its own, because a parser in a tight loop leaves the main one no time to look. */
const watchdog = `
  const { workerData } = require('node:worker_threads');
  const parent = process.ppid;
  setInterval(() => {
    if (process.memoryUsage.rss() > workerData.limit) {
      process.kill(process.pid, workerData.signal);
      process.kill(process.pid, 'SIGKILL');
    }
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 20);
`;
new Worker(watchdog, {
  eval: true,
  workerData: { limit: limitMb * megabyte, signal: memorySignal },
  execArgv: [],
}).unref();

// Ctrl-C reaches the whole process group; the parent decides when its children end.
process.on('SIGINT', () => undefined);

/** What no reader expected is still the document's doing: the same bytes would do the same again. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof RangeError && /allocation|Invalid (?:string|array|typed array) length/.test(error.message)) {
    return new Refusal('DocumentTooLargeToRead', 'it needs more memory than there is; split it');
  }
  return damaged('document');
}

async function read(bytes: Uint8Array): Promise<ReadAnswer> {
  workerpool.workerEmit({ pid: process.pid });
  // Lets the message out before a parser blocks this thread.
  await new Promise((resolve) => setImmediate(resolve));
  try {
    return { status: 'read', reading: await readDocument(bytes) };
  } catch (error) {
    const { type, message } = refusalOf(error);
    return { status: 'refused', type, message };
  } finally {
    // A process grown by one document must not make the next one look too large.
    if (process.memoryUsage.rss() > (limitMb * megabyte) / 2) setImmediate(() => setTimeout(() => process.exit(0), 50));
  }
}

workerpool.worker({ read });
