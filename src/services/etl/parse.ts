/** The rows of one chunk, from its bytes. */
import { parse } from 'csv-parse/sync';
import { scan } from './records.ts';

/** How a source's text is read. */
export type TextFormat =
  { readonly kind: 'csv'; readonly delimiter: string; readonly header: readonly string[] } | { readonly kind: 'jsonl' };

/** A row by the source's column names, or why it cannot be read; `raw` is its text. */
export interface ParsedRow {
  readonly raw: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly problem?: string;
}

/** As many rows as the plan counted in these bytes. A CSV chunk with one bad row is read again, a row at a time. */
export function parseRows(bytes: Buffer, format: TextFormat, expected: number): ParsedRow[] {
  if (format.kind === 'jsonl') return textsOf(bytes, undefined).map((raw) => jsonRow(raw));
  const rows = tryCsv(bytes.toString('utf8'), format.delimiter);
  if (rows?.length === expected)
    return rows.map((fields) => csvRow(fields, fields.join(format.delimiter), format.header));
  return textsOf(bytes, format.delimiter).map((raw) => {
    const [fields, more] = tryCsv(raw, format.delimiter) ?? [];
    if (fields === undefined || more !== undefined) return { raw, problem: 'a quote is misplaced' };
    return csvRow(fields, raw, format.header);
  });
}

/** The fields of the first record; `undefined` if it cannot be read. */
export function parseHeader(bytes: Buffer, delimiter: string): string[] | undefined {
  return tryCsv(bytes.toString('utf8'), delimiter)?.[0]?.map((name) => name.trim());
}

function tryCsv(text: string, delimiter: string): string[][] | undefined {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: ['\n', '\r\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch {
    return undefined;
  }
}

function csvRow(fields: readonly string[], raw: string, header: readonly string[]): ParsedRow {
  if (fields.length !== header.length) {
    return { raw, problem: `has ${String(fields.length)} columns instead of ${String(header.length)}` };
  }
  return { raw, values: Object.fromEntries(header.map((name, index) => [name, fields[index]])) };
}

function jsonRow(raw: string): ParsedRow {
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { raw, values: { ...value } };
    return { raw, problem: 'is no JSON object' };
  } catch {
    return { raw, problem: 'is no JSON' };
  }
}

function textsOf(bytes: Buffer, delimiter: string | undefined): string[] {
  return scan(bytes, delimiter, true).records.map(({ from, to }) => bytes.toString('utf8', from, to));
}
