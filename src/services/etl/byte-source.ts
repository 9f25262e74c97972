/** The bytes of a source, read in parts: however large it is, only a part of it is in memory. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { failure, invalid } from '../../failures.ts';
import { readPart, type FileStore, type StoredFile } from '../files.ts';

/** A file in the file store, or one that every worker can read at this path. */
export type FileRef = StoredFile | { readonly path: string };

export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Changes when the content may have; a file in the store never does. */
  readonly version: string;
  /** Up to and not including `to`, fewer at the end. */
  read(from: number, to: number): Promise<Buffer>;
}

/** Opens a source; fails with `FileMissing` (validation). */
export async function openByteSource(files: FileStore, ref: FileRef): Promise<ByteSource> {
  if ('hash' in ref) {
    if (!(await files.has(ref.hash))) throw invalid('FileMissing', `no file ${ref.hash} in the file store`);
    return {
      size: ref.size,
      version: ref.hash,
      read: async (from, to) => viewOf(await files.read(ref.hash, from, to)),
    };
  }
  const info = await stat(ref.path).catch(() => undefined);
  if (!info?.isFile()) throw invalid('FileMissing', `${ref.path}: no such file on this worker`);
  const version = `${String(info.size)} bytes of ${info.mtime.toISOString()}`;
  return { size: info.size, version, read: async (from, to) => viewOf(await readPart(ref.path, from, to)) };
}

/** The same source again; fails with `SourceChanged` (logic) when it is not what it was when it was planned. */
export async function reopenByteSource(files: FileStore, ref: FileRef, version: string): Promise<ByteSource> {
  const source = await openByteSource(files, ref);
  if (source.version === version) return source;
  const name = 'hash' in ref ? ref.name : basename(ref.path);
  throw failure('logic', `${name} has changed while it was loaded (${version}, now ${source.version})`, {
    type: 'SourceChanged',
  });
}

/** The same bytes, not copied. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
