/** Tables as text: told from prose by its regular columns, read with the delimiter that makes them so. */
import { parse } from 'csv-parse/sync';

const delimiters = [';', '\t', ',', '|'] as const;
/** More rows than the text limit can hold, so that what is left out is reported there. */
const maxRows = 100_000;

function rowsOf(text: string, delimiter: string, to: number): string[][] | undefined {
  try {
    return parse(text, { delimiter, to, relax_column_count: true, skip_empty_lines: true, bom: true, trim: true });
  } catch {
    return undefined;
  }
}

/** The share of rows that have as many columns as the first one. */
function regularity(rows: readonly string[][], columns: number): number {
  return rows.filter((row) => row.length === columns).length / rows.length;
}

/**
 * The delimiter of a table, or `undefined` if the text is none: at least two rows, at least two columns (three when the
 * delimiter is a comma and there are few rows, as in a letter), nearly every row as long as the first.
 */
export function csvDelimiter(text: string): string | undefined {
  const sample = text.slice(0, 100_000);
  const candidates = delimiters.flatMap((delimiter) => {
    const rows = rowsOf(sample, delimiter, 50) ?? [];
    const columns = rows[0]?.length ?? 0;
    const enough = columns >= (delimiter === ',' && rows.length < 5 ? 3 : 2) && rows.length >= 2;
    const isProse = rows[0]?.some((cell) => cell.length > 120) === true;
    return enough && !isProse && regularity(rows, columns) >= 0.9 ? [{ delimiter, columns }] : [];
  });
  return candidates.sort((a, b) => b.columns - a.columns)[0]?.delimiter;
}

/** The table with tabs between its cells, at most the first 100,000 rows. */
export function csvToText(text: string, delimiter: string): string {
  const rows = rowsOf(text, delimiter, maxRows) ?? [];
  return rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')).join('\t')).join('\n');
}
