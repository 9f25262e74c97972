/** From what a source says to the columns of a data set, or the reason why not. */

/** A column of the data set. */
export interface Column {
  /** Name of the source's column. */
  readonly from: string;
  /** `decimal` stays text, so that no digit is lost; `date` is an ISO day. @default 'text' */
  readonly type?: 'text' | 'integer' | 'decimal' | 'date' | 'boolean' | undefined;
  /** A row without a value is rejected. Key columns always are. @default false */
  readonly required?: boolean | undefined;
}

export interface Shape {
  /** Columns by their name in the data set. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Names of the columns that tell rows apart. */
  readonly key: readonly string[];
}

type Value = string | number | boolean | null;

/** A row as it is loaded, or why it is not. */
export type Transformed =
  { readonly key: string; readonly data: Readonly<Record<string, Value>> } | { readonly reason: string };

const longestKey = 600;

/** The row of `values`, by the source's column names. */
export function transformRow(values: Readonly<Record<string, unknown>>, { columns, key }: Shape): Transformed {
  const data: Record<string, Value> = {};
  for (const [name, column] of Object.entries(columns)) {
    const text = Object.hasOwn(values, column.from) ? textOf(values[column.from]) : '';
    if (text.includes('\0') || text.includes('\uFFFD'))
      return { reason: `${column.from}: holds bytes that are no text` };
    if (text === '' && (column.required === true || key.includes(name))) return { reason: `${column.from}: is empty` };
    const value = text === '' ? null : convert[column.type ?? 'text'](text);
    if (value === undefined) {
      return { reason: `${column.from}: expected ${expected[column.type ?? 'text']}, got '${text.slice(0, 60)}'` };
    }
    data[name] = value;
  }
  const parts = key.map((name) => String(data[name]));
  const id = parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts);
  return id.length > longestKey
    ? { reason: `the key is longer than ${String(longestKey)} characters` }
    : { key: id, data };
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value.trim();
  return JSON.stringify(value);
}

type Type = NonNullable<Column['type']>;

const expected: Readonly<Record<Type, string>> = {
  text: 'text',
  integer: 'a whole number',
  decimal: 'a number such as 12.50',
  date: 'a day such as 2026-11-20',
  boolean: 'true or false',
};

/** `undefined` when the text is not of the type. */
const convert: Readonly<Record<Type, (text: string) => Value | undefined>> = {
  text: (text) => text,
  integer: (text) => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
  decimal: (text) => (/^[+-]?\d+(\.\d+)?$/.test(text) ? text.replace('+', '') : undefined),
  date: (text) => (isDay(text) ? text : undefined),
  boolean: (text) => booleans[text.toLowerCase()],
};

const booleans: Readonly<Record<string, boolean | undefined>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
