import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BadInput } from '../connection.ts';

/** The files that paths name: folders are read with all below them, sorted, without hidden files; `-` is stdin. */
export async function listFiles(paths: readonly string[], maxBytes: number): Promise<readonly string[]> {
  const problems: string[] = [];
  const files: string[] = [];
  for (const path of paths) {
    try {
      files.push(...(await expand(path)));
    } catch (error) {
      problems.push(
        `${path}: ${(error as { code?: string }).code === 'ENOENT' ? 'there is no such file' : messageOf(error)}`,
      );
    }
  }
  for (const file of files) {
    const size = file === '-' ? 0 : (await stat(file)).size;
    if (size > maxBytes) problems.push(`${file}: ${tooLarge(size, maxBytes)}`);
  }
  if (problems.length > 0) throw new BadInput(`nothing was started:\n${problems.join('\n')}`);
  if (files.length === 0) throw new BadInput(`nothing was started: there are no files in ${paths.join(', ')}.`);
  return [...new Set(files)];
}

/** Says that a file is larger than allowed. */
export function tooLarge(size: number, maxBytes: number): string {
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return `${megabytes(size)} MB is more than the ${megabytes(maxBytes)} MB allowed (FERMATA_MAX_DOCUMENT_MB)`;
}

/** The name under which a file is kept. */
export function fileName(path: string): string {
  return path === '-' ? 'stdin' : basename(path);
}

async function expand(path: string): Promise<readonly string[]> {
  if (path === '-') return [path];
  const found = await stat(path);
  if (found.isFile()) return [path];
  if (!found.isDirectory()) throw new BadInput('neither a file nor a folder');
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !file
          .slice(path.length)
          .split(/[/\\]/)
          .some((part) => part.startsWith('.')),
    )
    .sort();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
