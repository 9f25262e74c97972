/** Activities that enrich the rows of a data set from an outside source. */
import { cancellationSignal } from '@temporalio/activity';
import { invalid } from '../failures.ts';
import type { Database } from '../services/database.ts';
import type { EnrichmentSource } from '../services/enrichment.ts';
import * as store from '../services/enrichment-store.ts';
import { resumable } from './resumable.ts';

/** Which rows are to be enriched, and what to ask the source about each. */
export interface EnrichmentInput {
  /** Name of a data set, as etl-pipeline has loaded it. */
  readonly dataset: string;
  /** The column whose value the source is asked about. */
  readonly column: string;
  /** What was stored less than so many hours ago is left as it is. @default 168 */
  readonly maxAgeHours?: number | undefined;
  /** Rows that are put into the data set first; for more than a few use etl-pipeline. */
  readonly rows?: readonly { readonly key: string; readonly data: Readonly<Record<string, string>> }[] | undefined;
}

/** Rows from one id to another, both included. */
interface RowRange {
  readonly size: number;
  readonly from: string;
  readonly to: string;
}

interface RowPage {
  readonly chunks: readonly RowRange[];
  readonly next: string | null;
}

interface RowsEnriched {
  readonly done: number;
  readonly failed: readonly { readonly item: string; readonly error: string }[];
  /** Without a value to ask about, known already, or gone. */
  readonly skipped: number;
}

export interface EnrichmentServices {
  readonly db: Database;
  readonly enrichment: EnrichmentSource;
}

export interface EnrichmentActivities {
  /** Puts the given rows in; says how many rows the data set has. */
  openDataset(key: string, input: EnrichmentInput): Promise<{ readonly rows: number }>;
  listDataRows(dataset: string, cursor: string | null, batchSize: number): Promise<RowPage>;
  /** Enriches rows one after the other; a retry goes on with the row that failed. `run` tells runs apart. */
  enrichRows(run: string, input: Omit<EnrichmentInput, 'rows'>, range: RowRange): Promise<RowsEnriched>;
  countEnriched(run: string): Promise<store.EnrichmentCounts>;
}

const chunksInPage = 50;
const hour = 3_600_000;

/** The activities over these services. */
export function createEnrichmentActivities({ db, enrichment }: EnrichmentServices): EnrichmentActivities {
  return {
    async openDataset(key, { dataset, rows = [] }) {
      await store.putRows(db, dataset, key, rows);
      return { rows: await store.countRows(db, dataset) };
    },
    async listDataRows(dataset, cursor, batchSize) {
      const ids = await store.nextIds(db, dataset, cursor ?? '0', chunksInPage * batchSize);
      const chunks = Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, index) =>
        rangeOf(ids.slice(index * batchSize, (index + 1) * batchSize)),
      );
      return { chunks, next: ids.length === chunksInPage * batchSize ? (ids.at(-1) ?? null) : null };
    },
    async enrichRows(run, { dataset, column, maxAgeHours = 168 }, range) {
      const signal = cancellationSignal();
      const rows = await store.rowsBetween(db, dataset, range);
      const { done, failed, skipped } = await resumable(
        rows,
        async ({ id, data }) => {
          const value = valueOf(data[column], column);
          if (value === '') return 'skipped';
          const by = await store.enrichedBy(db, id, value, maxAgeHours * hour);
          // What an attempt of this run stored before it was lost counts as done.
          if (by !== undefined) return by === run ? undefined : 'skipped';
          await store.enrich(db, id, value, run, await enrichment.lookUp(value, signal));
          return undefined;
        },
        { nameOf: ({ key }) => key },
      );
      return { done, failed, skipped: skipped + range.size - rows.length };
    },
    countEnriched: (run) => store.countsOf(db, run),
  };
}

function rangeOf(ids: readonly string[]): RowRange {
  return { size: ids.length, from: ids[0] ?? '0', to: ids.at(-1) ?? '0' };
}

function valueOf(value: unknown, column: string): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' && value.length <= 500) return value.trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid('BadValue', `${column}: expected text of at most 500 characters`);
}
