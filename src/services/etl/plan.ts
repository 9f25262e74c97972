/**
 * The plan of a load: where its chunks are. One pass over the source makes it; the source itself is never in memory. It is
 * a file in the file store, so a workflow carries only its hash.
 */
import { sql } from 'kysely';
import { invalid } from '../../failures.ts';
import type { Database } from '../database.ts';
import type { FileStore } from '../files.ts';
import { openByteSource, reopenByteSource, viewOf, type ByteSource, type FileRef } from './byte-source.ts';
import type { Shape } from './columns.ts';
import { parseHeader, type TextFormat } from './parse.ts';
import { recordsOf, type RecordRange } from './records.ts';

/** Where rows come from. */
export type EtlSource =
  | {
      readonly kind: 'csv';
      readonly file: FileRef;
      /** @default ',' */
      readonly delimiter?: string | undefined;
      /** Names of the columns, for a file without a first line that says them. */
      readonly header?: readonly string[] | undefined;
    }
  | { readonly kind: 'jsonl'; readonly file: FileRef }
  | { readonly kind: 'table'; readonly table: string };

/** A chunk by reference. */
export interface RowChunk {
  /** Rows. */
  readonly size: number;
  /** Number of its first row, from 1. */
  readonly first: number;
  /** Bytes of the source, or of `part`. */
  readonly from: number;
  readonly to: number;
  /** File in the file store that holds the chunk, for sources that are no file. */
  readonly part?: string;
}

export interface Plan {
  readonly loadId: string;
  readonly dataset: string;
  readonly shape: Shape;
  readonly format: TextFormat;
  /** The file and its version, for sources that are files. */
  readonly file: { readonly ref: FileRef; readonly version: string } | null;
  readonly rows: number;
  readonly chunks: readonly RowChunk[];
}

export interface PlanParts {
  readonly db: Database;
  readonly files: FileStore;
}

/** Goes through the source once. `report` is told the rows found so far. Fails with `FileMissing` and the like. */
export async function planChunks(
  { db, files }: PlanParts,
  source: EtlSource,
  batchSize: number,
  report: (rows: number) => void,
): Promise<Pick<Plan, 'format' | 'file' | 'rows' | 'chunks'>> {
  if (source.kind === 'table') {
    const chunks = await snapshotTable(db, files, source.table, batchSize, report);
    return { format: { kind: 'jsonl' }, file: null, rows: countRows(chunks), chunks };
  }
  const bytes = await openByteSource(files, source.file);
  const start = await startOf(bytes);
  const { format, from } =
    source.kind === 'csv' ? await csvFormat(bytes, start, source) : { format: source, from: start };
  const chunks = await chunksOf(bytes, from, format, batchSize, report);
  const file = { ref: source.file, version: bytes.version };
  return { format: format.kind === 'jsonl' ? { kind: 'jsonl' } : format, file, rows: countRows(chunks), chunks };
}

/** The bytes of a planned chunk; fails with `SourceChanged` (logic). */
export async function readChunk(files: FileStore, { file }: Plan, chunk: RowChunk): Promise<Buffer> {
  if (chunk.part !== undefined) return viewOf(await files.get(chunk.part));
  if (file === null) throw invalid('BadPlan', 'a chunk without a file');
  const source = await reopenByteSource(files, file.ref, file.version);
  return source.read(chunk.from, chunk.to);
}

async function chunksOf(
  source: ByteSource,
  from: number,
  format: { readonly kind: 'csv'; readonly delimiter: string } | { readonly kind: 'jsonl' },
  batchSize: number,
  report: (rows: number) => void,
): Promise<RowChunk[]> {
  const chunks: RowChunk[] = [];
  let rows = 0;
  let open: { first: number; from: number; to: number } | undefined;
  const close = (): void => {
    if (open) chunks.push({ ...open, size: rows - open.first + 1 });
    open = undefined;
  };
  const delimiter = format.kind === 'csv' ? format.delimiter : undefined;
  for await (const records of recordsOf(source, { from, delimiter })) {
    for (const record of records) {
      rows += 1;
      open = { first: open?.first ?? rows, from: open?.from ?? record.from, to: record.to };
      if (rows - open.first + 1 === batchSize) close();
    }
    report(rows);
  }
  close();
  return chunks;
}

/** Where the text begins: after a byte order mark, if there is one. */
async function startOf(source: ByteSource): Promise<number> {
  const mark = await source.read(0, 3);
  return mark.equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
}

async function csvFormat(
  source: ByteSource,
  start: number,
  { delimiter = ',', header }: Extract<EtlSource, { kind: 'csv' }>,
): Promise<{ format: Extract<TextFormat, { kind: 'csv' }>; from: number }> {
  if (header) return { format: { kind: 'csv', delimiter, header }, from: start };
  const first = await firstRecord(source, start, delimiter);
  const names = first && parseHeader(await source.read(first.from, first.to), delimiter);
  if (!names) throw invalid('NoHeader', 'the file has no first line with the names of its columns');
  return { format: { kind: 'csv', delimiter, header: names }, from: first.to };
}

async function firstRecord(source: ByteSource, from: number, delimiter: string): Promise<RecordRange | undefined> {
  for await (const [first] of recordsOf(source, { from, delimiter })) if (first) return first;
  return undefined;
}

/** Puts a table's rows into the file store as they are at one moment, a file of JSON lines for each chunk. */
async function snapshotTable(
  db: Database,
  files: FileStore,
  table: string,
  batchSize: number,
  report: (rows: number) => void,
): Promise<RowChunk[]> {
  const { rows: found } = await sql`select 1 from information_schema.tables
    where table_schema = current_schema() and table_name = ${table}`.execute(db);
  if (found.length === 0) throw invalid('TableMissing', `there is no table or view '${table}' in the database`);
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      await sql`declare etl_source no scroll cursor for
        select to_jsonb(source)::text as line from ${sql.table(table)} as source`.execute(trx);
      const chunks: RowChunk[] = [];
      for (let first = 1; ;) {
        const { rows } = await sql<{ line: string }>`fetch ${sql.lit(batchSize)} from etl_source`.execute(trx);
        if (rows.length === 0) return chunks;
        const bytes = Buffer.from(rows.map(({ line }) => `${line}\n`).join(''));
        const part = await files.put(bytes);
        chunks.push({ size: rows.length, first, from: 0, to: bytes.length, part });
        first += rows.length;
        report(first - 1);
      }
    });
}

function countRows(chunks: readonly RowChunk[]): number {
  return chunks.reduce((sum, { size }) => sum + size, 0);
}
