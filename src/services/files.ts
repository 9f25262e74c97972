/** The file store: content-addressed, so that the same bytes are kept once and a reference can never change. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { invalid } from '../failures.ts';

/** A file by reference: what travels through workflows instead of its bytes. */
export interface StoredFile {
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string;
  /** The name it came with; never trusted. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

export interface FileStore {
  /** Keeps the bytes and returns their SHA-256 in hex; keeping them again changes nothing. */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes of a hash; fails with `FileMissing`. */
  get(hash: string): Promise<Uint8Array>;
  has(hash: string): Promise<boolean>;
}

/** A store in the folder `files` of the data folder. A file is written aside and renamed, so none is ever half there. */
export function openFileStore(settings: { readonly dataDir: string }): FileStore {
  const root = join(settings.dataDir, 'files');
  const pathOf = (hash: string): string => {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw invalid('BadReference', `expected a SHA-256 in hex, got '${hash}'`);
    return join(root, hash.slice(0, 2), hash);
  };
  const has = async (hash: string): Promise<boolean> =>
    access(pathOf(hash)).then(
      () => true,
      () => false,
    );
  return {
    has,
    async put(bytes) {
      const hash = createHash('sha256').update(bytes).digest('hex');
      if (await has(hash)) return hash;
      const path = pathOf(hash);
      await mkdir(dirname(path), { recursive: true });
      const aside = `${path}.${randomUUID()}`;
      await writeFile(aside, bytes);
      await rename(aside, path);
      return hash;
    },
    async get(hash) {
      if (!(await has(hash))) throw invalid('FileMissing', `no file ${hash} in the file store`);
      return readFile(pathOf(hash));
    },
  };
}
