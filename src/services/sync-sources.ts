/** Sources of data: files of the import folder, addresses, tables. Opened once a worker; pools are shared by all reads. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { sql } from 'kysely';
import { failure, invalid } from '../failures.ts';
import { openDatabase, type Database } from './database.ts';
import type { fetchOutside } from './outside-http.ts';
import { rowsOf, type RowFormat } from './sync-rows.ts';
import type { SyncRecord } from './sync-store.ts';

/** Where records come from. `key`: the column that names a record. */
export type SyncSource = { readonly name: string; readonly key: string } & (
  | { readonly kind: 'file'; readonly path: string; readonly format: RowFormat }
  | { readonly kind: 'http'; readonly url: string; readonly format: RowFormat }
  /** `database`: a name of FERMATA_SYNC_DATABASES; without it our own. */
  | { readonly kind: 'table'; readonly table: string; readonly database?: string | undefined }
);

export interface SyncSources {
  /**
   * All records of a source. Fails with `SyncNoFile`, `SyncNoTable`, `SyncNoDatabase`, `SyncUnreadable`, `SyncBadKey`,
   * `SyncTooLarge` (validation), `SyncDatabaseDown` (dependency), or as `fetchOutside` does.
   */
  read(source: SyncSource, signal?: AbortSignal): Promise<readonly SyncRecord[]>;
  close(): Promise<void>;
}

export interface SyncSourcesOptions {
  readonly db: Database;
  readonly outside: typeof fetchOutside;
  /** Folder that holds every file a source may name. */
  readonly folder: string;
  /** Connection strings by name. */
  readonly databases: Readonly<Record<string, string>>;
}

const maxBytes = 50 * 1024 * 1024;
const maxRows = 100_000;

/** Opens the sources; a pool to another database is made at its first use. */
export function openSyncSources({ db, outside, folder, databases }: SyncSourcesOptions): SyncSources {
  const pools = new Map<string, Database>();
  const databaseOf = (name: string | undefined): Database => {
    if (name === undefined) return db;
    const url = Object.hasOwn(databases, name) ? databases[name] : undefined;
    if (url === undefined) throw invalid('SyncNoDatabase', `there is no database '${name}' in FERMATA_SYNC_DATABASES`);
    const pool = pools.get(name) ?? openDatabase(url, { max: 4 });
    pools.set(name, pool);
    return pool;
  };
  const rowsFrom = async (source: SyncSource, signal?: AbortSignal): Promise<readonly object[]> => {
    switch (source.kind) {
      case 'file':
        return rowsOf(await readInFolder(folder, source.path), source.format, source.name);
      case 'http': {
        const { body } = await outside(source.url, { maxBytes, timeoutMs: 90_000, signal });
        return rowsOf(body, source.format, source.name);
      }
      case 'table':
        return readTable(databaseOf(source.database), source.table);
    }
  };
  return {
    read: async (source, signal) => keyed(source, await rowsFrom(source, signal)),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** Only files below the folder, whatever links and dots the path has. */
async function readInFolder(folder: string, path: string): Promise<Uint8Array> {
  const missing = invalid('SyncNoFile', `there is no file ${path} in the import folder ${folder} (FERMATA_IMPORT)`);
  try {
    const top = await realpath(folder);
    const file = await realpath(resolve(top, path));
    if (!file.startsWith(top + sep)) throw missing;
    const { size } = await stat(file);
    if (size > maxBytes) throw invalid('SyncTooLarge', `${path}: larger than ${maxBytes} bytes; use etl-pipeline`);
    return await readFile(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes(String((error as { code?: unknown }).code))) throw missing;
    throw error;
  }
}

async function readTable(db: Database, table: string): Promise<readonly object[]> {
  try {
    const { rows } = await sql<{
      data: object;
    }>`select to_jsonb(t) as data from ${sql.table(table)} t limit ${maxRows + 1}`.execute(db);
    return rows.map(({ data }) => data);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (['42P01', '42501', '3F000'].includes(code)) throw invalid('SyncNoTable', `there is no table ${table} to read`);
    const reason = error instanceof Error ? error.message : String(error);
    throw failure('dependency', `table ${table} cannot be read: ${reason}`, { type: 'SyncDatabaseDown', cause: error });
  }
}

/** The rows under their keys. A row without a key, or two with the same one, refuse the whole source. */
function keyed(source: SyncSource, rows: readonly object[]): readonly SyncRecord[] {
  if (rows.length > maxRows) {
    throw invalid('SyncTooLarge', `${source.name}: more than ${maxRows} records; use etl-pipeline`);
  }
  const records = new Map<string, SyncRecord>();
  for (const [index, row] of rows.entries()) {
    const data = row as Record<string, unknown>;
    const value = Object.hasOwn(data, source.key) ? data[source.key] : undefined;
    const key = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    if (key === '') throw invalid('SyncBadKey', `${source.name}: record ${index + 1} has no '${source.key}'`);
    if (records.has(key)) throw invalid('SyncBadKey', `${source.name}: '${key}' comes twice (record ${index + 1})`);
    records.set(key, { key, data });
  }
  return [...records.values()];
}
