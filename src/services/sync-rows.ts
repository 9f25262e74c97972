/** Rows out of CSV, JSON and JSON lines. */
import { parse } from 'csv-parse/sync';
import { invalid } from '../failures.ts';
import { csvDelimiter } from './documents/csv.ts';

export type RowFormat = 'csv' | 'json' | 'jsonl';

/** Reads UTF-8 text into rows; CSV has its column names in the first line. Fails with `SyncUnreadable` (validation). */
export function rowsOf(bytes: Uint8Array, format: RowFormat, name: string): readonly object[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // PostgreSQL keeps no NUL in text.
    if (text.includes('\u0000') || text.includes('\\u0000')) throw new Error('it holds NUL characters');
    const rows = read(text, format);
    const bad = rows.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row));
    if (bad >= 0) throw new Error(`record ${bad + 1} is no object`);
    return rows as readonly object[];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid('SyncUnreadable', `${name} cannot be read as ${format}: ${reason}`);
  }
}

function read(text: string, format: RowFormat): readonly unknown[] {
  switch (format) {
    case 'csv': {
      const delimiter = csvDelimiter(text) ?? ',';
      return parse(text, { columns: true, delimiter, bom: true, trim: true, skip_empty_lines: true });
    }
    case 'json': {
      const value: unknown = JSON.parse(text);
      if (!Array.isArray(value)) throw new Error('expected a list of objects');
      return value;
    }
    case 'jsonl':
      return text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown);
  }
}
