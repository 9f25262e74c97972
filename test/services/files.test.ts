import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import S3rver from 's3rver';
import { categoryOf } from '../../src/failures.ts';
import { openFileStore, type FileStore } from '../../src/services/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'fermata-files-'));
const buckets = join(folder, 'buckets');
const environment = { ...process.env };
let server: S3rver;
let endpoint: string;

beforeAll(async () => {
  server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: buckets,
    configureBuckets: [{ name: 'fermata', configs: [] }],
  });
  const { port } = await server.run();
  endpoint = `http://127.0.0.1:${port}`;
  letIn('S3RVER');
});
afterAll(async () => {
  process.env = environment;
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The server knows one access key. It reads signatures of version 4 but does not recompute them. */
function letIn(accessKey: string): void {
  process.env['AWS_ACCESS_KEY_ID'] = accessKey;
  process.env['AWS_SECRET_ACCESS_KEY'] = 'S3RVER';
}

function inBucket(bucket = 'fermata', at = endpoint): FileStore {
  return openFileStore({ dataDir: folder, filesUrl: `s3://${bucket}/some/place?endpoint=${at}` });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The path of a file with this hash, wherever below the folder the store has put it. */
async function pathOf(hash: string, below: string): Promise<string> {
  const names = await readdir(below, { recursive: true });
  const found = names.filter((name) => name.includes(hash) && !/metadata|md5/i.test(name));
  expect(found).toHaveLength(1);
  return join(below, found[0] ?? '');
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('expected a failure'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return `${String(error.type)} ${String(categoryOf(error))}`;
}

const stores = [
  ['a folder', () => openFileStore({ dataDir: folder }), () => join(folder, 'files')],
  ['an S3-compatible store', () => inBucket(), () => buckets],
] as const;

describe.each(stores)('files in %s', (name, open, below) => {
  it('come back as they were, by the hash of their bytes', async () => {
    const store = open();
    for (const bytes of [bytesOf('grüße'), new Uint8Array(), new Uint8Array(3_000_000).fill(7)]) {
      const hash = await store.put(bytes);
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(await store.has(hash)).toBe(true);
      expect(Buffer.compare(await open().get(hash), bytes)).toBe(0);
    }
  });

  it('can be read in part', async () => {
    const store = open();
    const hash = await store.put(bytesOf(`one two three ${name}`));
    expect(Buffer.from(await store.read(hash, 4, 7)).toString()).toBe('two');
    expect((await store.read(hash, 4, 1_000)).length).toBe(10 + name.length);
    expect(await store.read(hash, 1_000, 2_000)).toHaveLength(0);
    await expect(store.read('0'.repeat(64), 0, 1)).rejects.toThrow('no file');
  });

  it('are kept once, also when many keep the same at the same time', async () => {
    const store = open();
    const hashes = await Promise.all(Array.from({ length: 10 }, () => store.put(bytesOf('the same'))));
    expect(new Set(hashes).size).toBe(1);
    await pathOf(hashes[0] ?? '', below());
    expect(await store.get(hashes[0] ?? '')).toHaveLength('the same'.length);
  });

  it('that are not there are missing', async () => {
    const none = 'a'.repeat(64);
    expect(await open().has(none)).toBe(false);
    expect(await refusal(open().get(none))).toBe('FileMissing validation');
  });

  it('that have changed in the store are not handed out', async () => {
    const hash = await open().put(bytesOf(`precious in ${name}`));
    await writeFile(await pathOf(hash, below()), 'forged');
    expect(await refusal(open().get(hash))).toBe('FileDamaged logic');
  });

  it('cannot be asked for by anything but a hash', async () => {
    for (const bad of ['../../etc/passwd', '', 'A'.repeat(64)]) {
      expect(await refusal(open().get(bad))).toBe('BadReference validation');
      expect(await refusal(open().has(bad))).toBe('BadReference validation');
    }
  });
});

describe('an S3-compatible store', () => {
  it('keeps files below the prefix', async () => {
    const hash = await inBucket().put(bytesOf('below'));
    expect(await pathOf(hash, buckets)).toContain(join('fermata', 'some', 'place', hash.slice(0, 2)));
  });

  it('that does not let us in, or has no such bucket, needs a person', async () => {
    letIn('wrong');
    expect(await refusal(inBucket().put(bytesOf('x')))).toBe('FileStoreLogin logic');
    letIn('S3RVER');
    expect(await refusal(inBucket('missing').put(bytesOf('x')))).toBe('FileStoreLogin logic');
  });

  it('that does not answer, or answers with an error, is down', async () => {
    expect(await refusal(inBucket('fermata', 'http://127.0.0.1:1').put(bytesOf('x')))).toBe('FileStoreDown dependency');
    const broken = createServer((_, response) => response.writeHead(500).end());
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    expect(await refusal(inBucket('fermata', at).get('a'.repeat(64)))).toBe('FileStoreDown dependency');
    broken.closeAllConnections();
    await new Promise((resolve) => broken.close(resolve));
  });

  it.each([
    's3://',
    'https://bucket',
    's3://key:secret@bucket',
    's3://bucket?endpoint=ftp://x',
    's3://bucket?x=1',
    'files',
  ])('cannot be at %s', (filesUrl) => {
    expect(() => openFileStore({ dataDir: folder, filesUrl })).toThrow('FERMATA_FILES: expected s3://bucket/prefix');
  });
});
