import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The command that runs one of our own files in a new process: through tsx while this file is TypeScript, as it is
 * once built. `path` is relative to this folder and has no extension.
 */
export function ownScript(path: string, args: readonly string[] = []): { command: string; args: string[] } {
  const here = import.meta.url;
  const extension = extname(fileURLToPath(here));
  const tsx = extension === '.ts' ? ['--import', pathToFileURL(createRequire(here).resolve('tsx')).href] : [];
  const preload = ['--import', new URL(`end-with-parent${extension}`, here).href];
  const script = fileURLToPath(new URL(`${path}${extension}`, here));
  return { command: process.execPath, args: [...tsx, ...preload, script, ...args] };
}
