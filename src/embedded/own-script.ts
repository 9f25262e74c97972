import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Loaded ahead of the script: when the parent is gone, however it went, the script stops the way it stops on a signal,
 * and is gone after 20 seconds at the latest. Nobody reads its output by then, which must not be what ends it; and the
 * channel to the parent does not keep a finished process up.
 *
 * A data URL, because the script's threads load it too, and those cannot load TypeScript.
 */
const endWithParent = `data:text/javascript,${encodeURIComponent(`
  process.once('disconnect', () => {
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    setTimeout(() => process.exit(1), 20000).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  process.channel?.unref();
`)}`;

/**
 * The command that runs one of our own files in a new process: through tsx while this file is TypeScript, as it is
 * once built. `path` is relative to this folder and has no extension.
 */
export function ownScript(path: string, args: readonly string[] = []): { command: string; args: string[] } {
  const here = import.meta.url;
  const extension = extname(fileURLToPath(here));
  const tsx = extension === '.ts' ? ['--import', pathToFileURL(createRequire(here).resolve('tsx')).href] : [];
  const script = fileURLToPath(new URL(`${path}${extension}`, here));
  return { command: process.execPath, args: [...tsx, '--import', endWithParent, script, ...args] };
}
