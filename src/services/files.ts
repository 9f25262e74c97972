/** The file store: content-addressed, so that the same bytes are kept once and a reference can never change. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure, invalid } from '../failures.ts';
import { readS3Place } from './files/place.ts';
import type { ObjectStore } from './files/s3.ts';

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
  /** The bytes of a hash; fails with `FileMissing`, or with `FileDamaged` (logic) when they are others by now. */
  get(hash: string): Promise<Uint8Array>;
  /**
   * Its bytes from `from` up to and not including `to`, fewer at its end; fails with `FileMissing`. A part has no hash,
   * so damage is not noticed.
   */
  read(hash: string, from: number, to: number): Promise<Uint8Array>;
  has(hash: string): Promise<boolean>;
}

export interface FileStoreSettings {
  readonly dataDir: string;
  /** `s3://bucket/prefix?endpoint=…` for an S3-compatible store. @default the folder `files` of the data folder */
  readonly filesUrl?: string | undefined;
}

/** Opens the store; throws `ConfigError` for an address that is none. A store that is not there fails at its use. */
export function openFileStore({ dataDir, filesUrl }: FileStoreSettings): FileStore {
  const objects = filesUrl === undefined ? openFolder(join(dataDir, 'files')) : openLater(filesUrl);
  return {
    has: async (hash) => objects.has(checkHash(hash)),
    read: async (hash, from, to) => objects.getPart(checkHash(hash), from, to),
    async put(bytes) {
      const hash = hashOf(bytes);
      await objects.put(hash, bytes);
      return hash;
    },
    async get(hash) {
      const bytes = await objects.get(checkHash(hash));
      if (hashOf(bytes) === hash) return bytes;
      throw failure('logic', `the file ${hash} is damaged in the file store; restore it`, { type: 'FileDamaged' });
    },
  };
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function checkHash(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw invalid('BadReference', `expected a SHA-256 in hex, got '${hash}'`);
  return hash;
}

/** A file is written aside and renamed, so none is ever half there. */
function openFolder(root: string): ObjectStore {
  const pathOf = (hash: string): string => join(root, hash.slice(0, 2), hash);
  const has = async (hash: string): Promise<boolean> =>
    access(pathOf(hash)).then(
      () => true,
      () => false,
    );
  return {
    has,
    async put(hash, bytes) {
      if (await has(hash)) return;
      const path = pathOf(hash);
      await mkdir(dirname(path), { recursive: true });
      const aside = `${path}.${randomUUID()}`;
      await writeFile(aside, bytes);
      await rename(aside, path);
    },
    async get(hash) {
      if (!(await has(hash))) throw invalid('FileMissing', `no file ${hash} in the file store`);
      return readFile(pathOf(hash));
    },
    async getPart(hash, from, to) {
      if (!(await has(hash))) throw invalid('FileMissing', `no file ${hash} in the file store`);
      return readPart(pathOf(hash), from, to);
    },
  };
}

/** The bytes of a file from `from` up to and not including `to`, fewer at its end. */
export async function readPart(path: string, from: number, to: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** The client for S3 is large: it is loaded when a file is first asked for. */
function openLater(filesUrl: string): ObjectStore {
  const place = readS3Place(filesUrl);
  let opened: Promise<ObjectStore> | undefined;
  const store = (): Promise<ObjectStore> => (opened ??= import('./files/s3.ts').then(({ openS3 }) => openS3(place)));
  return {
    has: async (hash) => (await store()).has(hash),
    get: async (hash) => (await store()).get(hash),
    getPart: async (hash, from, to) => (await store()).getPart(hash, from, to),
    put: async (hash, bytes) => (await store()).put(hash, bytes),
  };
}
