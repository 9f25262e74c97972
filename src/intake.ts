/** Documents that arrive by themselves: uploaded in the inbox or put into the watched folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { findProcess } from './catalog.ts';
import { BadInput, startRun, type Runs, type StartedRun } from './runs.ts';
import { openFileStore } from './services/files.ts';

/** Time between two looks at the watched folder; a file is taken when it did not change between them. */
const everyMs = 1_000;

/**
 * Puts a document into the file store and starts document-ingestion on it, or answers with the run that the same bytes
 * had before. Throws {@link BadInput} for an empty or too large document, before anything is kept.
 */
export async function takeIn(
  runs: Runs,
  document: { readonly bytes: Uint8Array; readonly name: string; readonly requester?: string },
): Promise<StartedRun> {
  const { bytes, name, requester } = document;
  const { maxBytes } = runs.settings.documents;
  if (bytes.length === 0) throw new BadInput(`${name}: is empty`);
  if (bytes.length > maxBytes) throw new BadInput(`${name}: larger than ${(maxBytes / 1024 / 1024).toFixed(0)} MB`);
  const process = findProcess('document-ingestion');
  if (!process) throw new Error('document-ingestion is not in the catalog');
  const hash = await openFileStore(runs.settings).put(bytes);
  const file = { hash, name, size: bytes.length };
  return startRun(runs, process, requester === undefined ? file : { ...file, requester });
}

/**
 * Takes in every file of a folder and every one that is put there, until `signal` aborts. Files stay where they are:
 * the same bytes have one run, whenever the folder is looked at again. A file that cannot be taken is reported once.
 */
export async function watchFolder(
  folder: string,
  options: {
    readonly runs: () => Runs | undefined;
    readonly log: Pick<Logger, 'info' | 'warn'>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const seen = new Map<string, string>();
  const taken = new Set<string>();
  while (!options.signal.aborted) {
    const runs = options.runs();
    if (runs) {
      for (const path of await filesIn(folder)) {
        const version = await versionOf(path);
        const settled = version !== undefined && seen.get(path) === version;
        if (version !== undefined) seen.set(path, version);
        if (settled && !taken.has(version)) await takeFile(runs, path, version, taken, options.log);
      }
    }
    await sleep(everyMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function takeFile(
  runs: Runs,
  path: string,
  version: string,
  taken: Set<string>,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<void> {
  try {
    const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    const { id, existing } = await takeIn(runs, { bytes: await readFile(path), name });
    taken.add(version);
    if (!existing) log.info({ path, run: id }, 'document taken from the watched folder');
  } catch (error) {
    // Anything but the document's own fault is tried again at the next look.
    if (error instanceof BadInput) taken.add(version);
    log.warn({ path, reason: error instanceof Error ? error.message : String(error) }, 'document not taken');
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(folder, entry.name));
}

async function versionOf(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info && `${path} ${String(info.size)} ${String(info.mtimeMs)}`;
}
