/** Reports that batches ask for, as CSV. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { fromCents } from './money.ts';

/** A report over whole days, `from` and `to` included, ISO. */
export interface ReportSpan {
  readonly report: 'expenses' | 'events' | 'payments';
  readonly from: string;
  readonly to: string;
}

type Row = Readonly<Record<string, string | number>>;

/** The rows of a report, sorted; empty when nothing happened in its days. */
export async function reportRows(db: Database, { report, from, to }: ReportSpan): Promise<readonly Row[]> {
  switch (report) {
    case 'expenses':
      return money(
        await sql<Sum>`select category || ' ' || status as what, currency, count(*)::int as count,
            sum(amount_cents)::float8 as cents
          from expenses where created_at >= ${from}::date and created_at < ${to}::date + 1
          group by 1, 2 order by 1, 2`.execute(db),
      );
    case 'payments':
      return money(
        await sql<Sum>`select status as what, currency, count(*)::int as count, sum(amount_cents)::float8 as cents
          from payments where created_at >= ${from}::date and created_at < ${to}::date + 1
          group by 1, 2 order by 1, 2`.execute(db),
      );
    case 'events': {
      const { rows } = await sql<Row>`select type, outcome, sum(count)::int as count
        from event_metrics where day between ${from}::date and ${to}::date group by 1, 2 order by 1, 2`.execute(db);
      return rows;
    }
  }
}

interface Sum {
  readonly what: string;
  readonly currency: string;
  readonly count: number;
  readonly cents: number;
}

function money({ rows }: { readonly rows: readonly Sum[] }): readonly Row[] {
  return rows.map(({ what, currency, count, cents }) => ({ what, currency, count, amount: fromCents(cents) }));
}

/** Rows as CSV with a line of column names. */
export function toCsv(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number)[]): string => cells.map(cell).join(',');
  return [line(columns), ...rows.map((row) => line(columns.map((column) => row[column] ?? '')))].join('\r\n') + '\r\n';
}

function cell(value: string | number): string {
  const text = String(value);
  // A spreadsheet would take such a cell for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
