/** What became of the documents of a round: told by the runs, and held against what the database holds. */
import { sql } from 'kysely';
import type { Runs, StartedRun } from '../src/runs.ts';
import { summaryOf } from '../src/runs/summary.ts';
import type { Database } from '../src/services/database.ts';
import type { StoredFile } from '../src/services/files.ts';
import type { IngestionResult } from '../src/workflows/document-ingestion.ts';

/** A document and the run that was started for it. */
export interface Sent {
  readonly file: StoredFile;
  readonly run: StartedRun;
}

/** A document's run when the round is over. `unfinished`: neither ended nor waiting for a reviewer. */
export interface Ended extends Sent {
  readonly state: IngestionResult['status'] | 'waiting' | 'failed' | 'unfinished';
  readonly documentId: string | null;
}

/** How often each state came out. */
export type Outcome = Readonly<Record<Ended['state'], number>>;

/** Numbers of documents that are not there exactly once; all 0 when nothing went wrong. */
export interface Faults {
  /** Their run is over, and their row, lines or words are missing or somebody else's. */
  readonly lost: number;
  /** More than one row, row of words or set of lines, or a row for a document that has none yet. */
  readonly doubled: number;
  /** A row that no run will complete any more. */
  readonly leftStoring: number;
  readonly unfinished: number;
}

const atOnce = 20;

/** Calls `work` for each item, twenty at a time; results come in the order of the items. */
export async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const next = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of next) results.set(index, await work(item));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return [...results.entries()].sort(([a], [b]) => a - b).map(([, result]) => result);
}

/** Asks the server what became of each run. */
export function endsOf(runs: Runs, sent: readonly Sent[]): Promise<readonly Ended[]> {
  return inLanes(sent, async (each): Promise<Ended> => {
    const handle = runs.client.workflow.getHandle(each.run.id, each.run.runId);
    const { state, gates } = summaryOf(await handle.describe());
    if (state === 'running') return { ...each, state: gates.length > 0 ? 'waiting' : 'unfinished', documentId: null };
    if (state !== 'completed') return { ...each, state: 'failed', documentId: null };
    const { status, documentId } = (await handle.result()) as IngestionResult;
    return { ...each, state: status, documentId };
  });
}

/** Counts the states. */
export function countStates(ends: readonly Ended[]): Outcome {
  const count = (state: Ended['state']): number => ends.filter((each) => each.state === state).length;
  return {
    stored: count('stored'),
    waiting: count('waiting'),
    manual: count('manual'),
    rejected: count('rejected'),
    failed: count('failed'),
    unfinished: count('unfinished'),
  };
}

/** Holds what the runs say against the database. */
export async function findFaults(db: Database, ends: readonly Ended[]): Promise<Faults> {
  const rows = await rowsOf(db, ends);
  const faults = { lost: 0, doubled: 0, leftStoring: 0, unfinished: 0 };
  for (const end of ends) {
    const own = rows.filter(({ hash }) => hash === end.file.hash);
    const fault = faultOf(end, own);
    if (fault !== undefined) faults[fault] += 1;
  }
  return faults;
}

type Row = Awaited<ReturnType<typeof rowsOf>>[number];

function faultOf({ state, documentId }: Ended, rows: readonly Row[]): keyof Faults | undefined {
  if (state === 'unfinished') return 'unfinished';
  if (rows.some(({ status }) => status === 'storing')) return 'leftStoring';
  if (state !== 'stored' && state !== 'manual') return rows.length > 0 ? 'doubled' : undefined;
  if (rows.length > 1) return 'doubled';
  const [row] = rows;
  if (row === undefined || row.id !== documentId || row.status !== state) return 'lost';
  if (state === 'manual') return undefined;
  if (row.words > 1 || row.lines > row.expectedLines) return 'doubled';
  return row.words === 0 || row.lines < row.expectedLines ? 'lost' : undefined;
}

function rowsOf(db: Database, ends: readonly Ended[]) {
  return db
    .selectFrom('documents')
    .select([
      'id',
      'hash',
      'status',
      sql<number>`jsonb_array_length(fields->'lines')`.as('expectedLines'),
      sql<number>`(select count(*)::int from document_lines where document_id = documents.id)`.as('lines'),
      sql<number>`(select count(*)::int from document_index where document_id = documents.id)`.as('words'),
    ])
    .where(
      'hash',
      'in',
      ends.map(({ file }) => file.hash),
    )
    .execute();
}
