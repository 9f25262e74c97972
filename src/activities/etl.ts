/** Activities that extract, transform and load rows. A chunk is one transaction, so every one may be repeated. */
import { gzipSync } from 'node:zlib';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { categoryOf, invalid } from '../failures.ts';
import type { Database } from '../services/database.ts';
import { transformRow, type Shape } from '../services/etl/columns.ts';
import { parseRows } from '../services/etl/parse.ts';
import { planChunks, readChunk, type EtlSource, type Plan, type RowChunk } from '../services/etl/plan.ts';
import * as store from '../services/etl-store.ts';
import type { FileStore } from '../services/files.ts';

/** What to load, and what is to happen with it afterwards. */
export interface EtlInput extends Shape {
  readonly source: EtlSource;
  /** Name of the data set; a later load of the same key replaces a row. */
  readonly dataset: string;
  /** Count what is in each column. @default false */
  readonly analytics?: boolean | undefined;
  /** Who is told: `user:…`, `role:…`, addresses. @default nobody */
  readonly notify?: readonly string[] | undefined;
  /** Keep the loaded rows in the file store as well. @default false */
  readonly backup?: boolean | undefined;
}

/** A planned load by reference: the plan is a file in the file store. */
interface LoadRef {
  readonly plan: string;
  readonly rows: number;
}

/** Some chunks of a load, as `batch` takes them. */
interface ChunkPage {
  readonly chunks: readonly RowChunk[];
  readonly next: string | null;
  readonly total: number;
}

/** What came of a chunk, as `batch` takes it: loaded rows are `done`, rejected ones `skipped`. */
interface ChunkLoaded {
  readonly done: number;
  readonly failed: readonly [];
  readonly skipped: number;
}

/** A copy of the rows in the file store: `manifest` is the file that lists its parts. */
export interface Backup {
  readonly manifest: string;
  readonly rows: number;
}

export interface EtlServices {
  readonly db: Database;
  readonly files: FileStore;
}

export interface EtlActivities {
  /** Finds the chunks of the source; `problems` when it cannot be loaded at all. */
  planLoad(
    key: string,
    input: EtlInput,
    batchSize: number,
  ): Promise<LoadRef | { readonly problems: readonly string[] }>;
  listChunks(load: LoadRef, cursor: string | null): Promise<ChunkPage>;
  /** Reads, transforms and loads a chunk, once for each load. */
  loadRows(load: LoadRef, chunk: RowChunk): Promise<ChunkLoaded>;
  reconcileLoad(load: LoadRef): Promise<store.LoadCounts>;
  profileLoad(load: LoadRef): Promise<readonly store.ColumnProfile[]>;
  backUpLoad(load: LoadRef): Promise<Backup>;
}

const chunksInPage = 100;
const rowsInPart = 5_000;
const rawLimit = 2_000;

/** The activities over these services. */
export function createEtlActivities(services: EtlServices): EtlActivities {
  const { db, files } = services;
  const load = planReader(files);
  return {
    ...planning(services, load),
    async loadRows(ref, chunk) {
      const plan = await load(ref.plan);
      const parsed = parseRows(await readChunk(files, plan, chunk), plan.format, chunk.size);
      const transformed = transform(plan, chunk, parsed);
      cancellationSignal().throwIfAborted();
      heartbeat({ firstRow: chunk.first, transformed: parsed.length });
      const { loaded, rejected } = await store.loadChunk(db, transformed);
      return { done: loaded, failed: [], skipped: rejected };
    },
    async reconcileLoad(ref) {
      const { loadId, rows } = await load(ref.plan);
      return store.reconcile(db, loadId, rows);
    },
    async profileLoad(ref) {
      const plan = await load(ref.plan);
      const profiles: store.ColumnProfile[] = [];
      for (const [name, { type }] of Object.entries(plan.shape.columns)) {
        cancellationSignal().throwIfAborted();
        profiles.push(await store.profileColumn(db, plan, name, type));
      }
      return profiles;
    },
    async backUpLoad(ref) {
      return backUp(services, await load(ref.plan));
    },
  };
}

function planning({ db, files }: EtlServices, load: (hash: string) => Promise<Plan>) {
  return {
    async planLoad(key: string, input: EtlInput, batchSize: number) {
      const { source, dataset, columns, key: keyColumns } = input;
      const shape = { columns, key: keyColumns };
      const signal = cancellationSignal();
      try {
        const found = await planChunks({ db, files }, source, batchSize, (rows) => {
          signal.throwIfAborted();
          heartbeat({ rows });
        });
        const problems = problemsOf(shape, found.format);
        if (problems.length > 0) return { problems };
        const plan: Plan = { loadId: key, dataset, shape, ...found };
        return { plan: await files.put(new TextEncoder().encode(JSON.stringify(plan))), rows: plan.rows };
      } catch (error) {
        if (categoryOf(error) === 'validation' && error instanceof Error) return { problems: [error.message] };
        throw error;
      }
    },
    async listChunks(ref: LoadRef, cursor: string | null): Promise<ChunkPage> {
      const { chunks, rows } = await load(ref.plan);
      const from = Number(cursor ?? 0);
      const to = from + chunksInPage;
      return { chunks: chunks.slice(from, to), next: to < chunks.length ? String(to) : null, total: rows };
    },
  };
}

function problemsOf({ columns, key }: Shape, format: Plan['format']): string[] {
  const unknown = key.filter((name) => !Object.hasOwn(columns, name)).map((name) => `the key '${name}' is no column`);
  if (format.kind === 'jsonl') return unknown;
  const absent = Object.values(columns).filter(({ from }) => !format.header.includes(from));
  return [
    ...unknown,
    ...absent.map(({ from }) => `the file has no column '${from}'; it has ${format.header.join(', ')}`),
  ];
}

function transform(plan: Plan, chunk: RowChunk, parsed: ReturnType<typeof parseRows>): store.LoadedChunk {
  if (parsed.length !== chunk.size) {
    const counts = `${String(parsed.length)} rows where ${String(chunk.size)} were counted`;
    throw invalid('ChunkDiffers', `from row ${String(chunk.first)} on there are ${counts}`);
  }
  const rows: store.LoadedChunk['rows'][number][] = [];
  const rejects: store.LoadedChunk['rejects'][number][] = [];
  parsed.forEach(({ raw, values, problem }, index) => {
    const row = chunk.first + index;
    const made = values ? transformRow(values, plan.shape) : { reason: problem ?? 'cannot be read' };
    if ('key' in made) rows.push({ key: made.key, data: JSON.stringify(made.data), row });
    else rejects.push({ row, raw: raw.slice(0, rawLimit).replaceAll('\0', '\uFFFD'), reason: made.reason });
  });
  return { loadId: plan.loadId, dataset: plan.dataset, first: chunk.first, rows, rejects };
}

/** Reads plans by hash and keeps the last few: the same bytes are always the same plan. */
function planReader(files: FileStore): (hash: string) => Promise<Plan> {
  const known = new Map<string, Plan>();
  return async (hash) => {
    const plan = known.get(hash) ?? (JSON.parse(Buffer.from(await files.get(hash)).toString('utf8')) as Plan);
    known.delete(hash);
    known.set(hash, plan);
    const [oldest] = known.keys();
    if (known.size > 8 && oldest !== undefined) known.delete(oldest);
    return plan;
  };
}

/** Where a backup stands; travels in the heartbeat, so that a retry goes on from there. */
interface BackupPosition {
  readonly after: string;
  readonly rows: number;
  readonly parts: readonly string[];
}

async function backUp({ db, files }: EtlServices, plan: Plan): Promise<Backup> {
  let at = (activityInfo().heartbeatDetails as BackupPosition | undefined) ?? { after: '0', rows: 0, parts: [] };
  const { loadId, dataset, shape } = plan;
  for (;;) {
    cancellationSignal().throwIfAborted();
    const page = await store.rowsOfLoad(db, plan, at.after, rowsInPart);
    const last = page.at(-1);
    if (!last) break;
    const part = await files.put(gzipSync(page.map(({ line }) => `${line}\n`).join('')));
    at = { after: last.id, rows: at.rows + page.length, parts: [...at.parts, part] };
    heartbeat(at);
  }
  const { rows, parts } = at;
  const manifest = JSON.stringify({ loadId, dataset, shape, rows, format: 'JSON lines, gzip', parts });
  return { manifest: await files.put(new TextEncoder().encode(manifest)), rows };
}
