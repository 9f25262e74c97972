/** Looks into a zip archive before anything unpacks it: bombs, encryption, damage. */
import yauzl from 'yauzl';
import { damaged, Refusal } from './refusal.ts';

/** What is known about an archive that passed. */
export interface ZipContents {
  readonly names: ReadonlySet<string>;
}

const maxEntries = 5_000;
const maxTotal = 200 * 1024 * 1024;
const maxEntry = 100 * 1024 * 1024;
const maxRatio = 200;
/** Below this size a high ratio is ordinary: empty pages, repeated styles. */
const harmless = 4 * 1024 * 1024;

const bomb = (what: string): Refusal =>
  new Refusal('DocumentBomb', `the archive ${what}; it looks made to fill the disk and is not unpacked`);

function open(bytes: Uint8Array): Promise<yauzl.ZipFile> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(buffer, { lazyEntries: true, validateEntrySizes: true, strictFileNames: false }, (error, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });
}

/** Inflates an entry and throws it away: only that shows whether the declared size is true. */
function inflatedSize(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<number> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) {
        reject(error);
        return;
      }
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= maxEntry) return;
        stream.destroy();
        reject(bomb('unpacks to more than it says'));
      });
      stream.on('error', reject);
      stream.on('end', () => {
        resolve(size);
      });
    });
  });
}

function checkEntry(entry: yauzl.Entry, total: number): void {
  if ((entry.generalPurposeBitFlag & 1) !== 0) {
    throw new Refusal('DocumentEncrypted', 'the document is protected with a password; ask for it without');
  }
  const { uncompressedSize: size, compressedSize } = entry;
  if (size > maxEntry || total > maxTotal) throw bomb('unpacks to hundreds of megabytes');
  if (size > harmless && size / Math.max(1, compressedSize) > maxRatio) throw bomb('is compressed beyond reason');
}

async function visit(zip: yauzl.ZipFile): Promise<Set<string>> {
  const names = new Set<string>();
  let total = 0;
  for await (const entry of entriesOf(zip)) {
    total += entry.uncompressedSize;
    names.add(entry.fileName);
    if (names.size > maxEntries) throw bomb('has thousands of files');
    checkEntry(entry, total);
    if (!entry.fileName.endsWith('/')) await inflatedSize(zip, entry);
  }
  return names;
}

async function* entriesOf(zip: yauzl.ZipFile): AsyncGenerator<yauzl.Entry> {
  for (;;) {
    const entry = await new Promise<yauzl.Entry | undefined>((resolve, reject) => {
      zip.once('entry', resolve).once('end', () => {
        resolve(undefined);
      });
      zip.once('error', reject);
      zip.readEntry();
    });
    zip.removeAllListeners();
    if (entry === undefined) return;
    yield entry;
  }
}

/** Checks every entry, declared and inflated, without keeping anything. */
export async function inspectZip(bytes: Uint8Array): Promise<ZipContents> {
  try {
    return { names: await visit(await open(bytes)) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof Error && error.message.startsWith('too many bytes'))
      throw bomb('unpacks to more than it says');
    throw damaged('archive');
  }
}

/** The bytes of one entry of an archive that passed {@link inspectZip}; `undefined` if there is none of that name. */
export async function readZipEntry(bytes: Uint8Array, name: string): Promise<Uint8Array | undefined> {
  const zip = await open(bytes);
  for await (const entry of entriesOf(zip)) {
    if (entry.fileName !== name) continue;
    return await new Promise((resolve, reject) => {
      zip.openReadStream(entry, (error, stream) => {
        if (error) {
          reject(error);
          return;
        }
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('end', () => {
          resolve(Buffer.concat(chunks));
        });
      });
    });
  }
  return undefined;
}
