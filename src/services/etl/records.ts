/**
 * Where the records of a text are, by bytes: lines, or CSV records whose quoted fields may hold line ends. A quote that
 * is never closed spoils its own line and not the rest of the file.
 */
import { invalid } from '../../failures.ts';
import type { ByteSource } from './byte-source.ts';

/** A record from `from` up to and not including `to`, without its line end. */
export interface RecordRange {
  readonly from: number;
  readonly to: number;
}

export interface RecordOptions {
  /** Where the first record begins. @default 0 */
  readonly from?: number;
  /** @default the end of the source */
  readonly to?: number;
  /** The delimiter of a CSV file; without it every line is a record. */
  readonly delimiter?: string | undefined;
  /** The largest record, and how much is in memory at a time. @default 1 MB */
  readonly windowBytes?: number;
}

const oneMegabyte = 1024 * 1024;
const lineEnd = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

/**
 * The records of a source in order, some at a time; blank lines are none. Fails with `RowTooLong` (validation) when one is
 * larger than the window.
 */
export async function* recordsOf(source: ByteSource, options: RecordOptions = {}): AsyncGenerator<RecordRange[]> {
  const { windowBytes = oneMegabyte } = options;
  const end = options.to ?? source.size;
  let position = options.from ?? 0;
  while (position < end) {
    const until = Math.min(position + windowBytes, end);
    const bytes = await source.read(position, until);
    const { records, consumed } = scan(bytes, options.delimiter, until === end);
    if (consumed === 0) {
      throw invalid('RowTooLong', `the row at byte ${String(position)} is longer than ${String(windowBytes)} bytes`);
    }
    const offset = position;
    yield records.map(({ from, to }) => ({ from: offset + from, to: offset + to }));
    position += consumed;
  }
}

/** The records in a window that begins with one; what is not complete is left for the next window, but in the last. */
export function scan(
  bytes: Buffer,
  delimiter: string | undefined,
  isLast: boolean,
): { records: RecordRange[]; consumed: number } {
  const records: RecordRange[] = [];
  const quotes = new QuoteFinder(bytes);
  let from = 0;
  while (from < bytes.length) {
    const found =
      delimiter === undefined
        ? bytes.indexOf(lineEnd, from)
        : endOfCsvRecord(bytes, from, delimiter.charCodeAt(0), quotes, isLast);
    if (found === -1 && !isLast) break;
    const at = found === -1 ? bytes.length : found;
    const to = bytes[at - 1] === carriageReturn && at > from ? at - 1 : at;
    if (to > from) records.push({ from, to });
    from = at + 1;
  }
  return { records, consumed: Math.min(from, bytes.length) };
}

/** The line end that ends the record; -1 when it is not in the window. */
function endOfCsvRecord(bytes: Buffer, start: number, delimiter: number, quotes: QuoteFinder, isLast: boolean): number {
  const firstLineEnd = bytes.indexOf(lineEnd, start);
  const firstQuote = quotes.from(start);
  if (firstQuote === -1 || (firstLineEnd !== -1 && firstQuote > firstLineEnd)) return firstLineEnd;
  let isFieldStart = true;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === lineEnd) return at;
    if (isFieldStart && byte === quote) {
      const closing = closingQuote(bytes, at + 1);
      const after = closing === -1 ? undefined : bytes[closing + 1];
      if (after === undefined && !isLast && start > 0) return -1;
      const isClosed = closing !== -1 && (after === undefined || isBoundary(after, delimiter));
      if (!isClosed) return firstLineEnd;
      at = closing;
    }
    isFieldStart = byte === delimiter;
  }
  return -1;
}

function isBoundary(byte: number, delimiter: number): boolean {
  return byte === delimiter || byte === lineEnd || byte === carriageReturn;
}

function closingQuote(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(quote, from);
  while (at !== -1 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2);
  return at;
}

/** Looks for the next quote once, not again for each record before it. */
class QuoteFinder {
  private readonly bytes: Buffer;
  private next = -2;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  from(position: number): number {
    if (this.next !== -1 && this.next < position) this.next = this.bytes.indexOf(quote, position);
    return this.next;
  }
}
