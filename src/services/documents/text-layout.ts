/** The visible text of a document as rows and cells, with the artefacts of PDF fonts and bad encodings repaired. */
import type { Reading } from './types.ts';

/** One visual line. Columns that stand apart become cells. */
export interface Row {
  readonly page: number;
  readonly text: string;
  readonly cells: readonly string[];
}

/** The rows of a document. */
export interface Layout {
  readonly rows: readonly Row[];
  /** Every character could be read, and all of the text is in `rows`. */
  readonly isComplete: boolean;
}

const ligatures: Readonly<Record<string, string>> = {
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ft',
  ﬆ: 'st',
};

const unreadable = /[\uFFFD\p{Co}]|(?![\n\r\t\v\f])\p{Cc}/gu;

/** Rewrites UTF-8 that was read as Latin-1 (`MÃ¼nchen`), when the whole run decodes cleanly. */
function undoDoubleEncoding(text: string): string {
  return text.replace(/[\u00C2\u00C3][\u0080-\u00BF]/gu, (pair) => Buffer.from(pair, 'latin1').toString('utf8'));
}

/** Repairs what fonts and encodings do to text; leaves every character alone that it does not know. */
function repairText(text: string): string {
  return undoDoubleEncoding(text)
    .replace(/[\uFB00-\uFB06]/gu, (glyph) => ligatures[glyph] ?? glyph)
    .replace(/[\u00A0\u2007\u2009\u200A\u202F]/gu, ' ')
    .replace(/[\u00AD\u200B-\u200D\u2060\uFEFF]/gu, '')
    .replace(/[\u2212\u2010\u2011]/gu, '-')
    .replace(/\r\n?/gu, '\n')
    .normalize('NFC');
}

/** Closes up words set with a space after every letter (`R e c h n u n g`). */
function closeLetterSpacing(text: string): string {
  return text.replace(/(?<!\S)(?:\p{L} ){3,}\p{L}(?!\S)/gu, (word) => word.replaceAll(' ', ''));
}

/** Labels and values are shorter; beyond is prose, which patterns for both would search at length. */
const longestCell = 300;
/** No invoice that is read from its text is larger; what is beyond would only cost time. */
const limits = { characters: 400_000, rows: 3_000, cells: 60 } as const;

function toRow(line: string, page: number): Row {
  const cells = line
    .split(/\t+| {2,}/u)
    .map((cell) => cell.replace(unreadable, '').trim())
    .filter((cell) => cell !== '');
  return { page, text: cells.join(' '), cells: cells.slice(0, limits.cells).map((cell) => cell.slice(0, longestCell)) };
}

/** Page numbers say nothing about the business, and they would split tables that run over pages. */
const pageNumber = /^(?:seite|page|pagina|pag\.?)\s*\d+\s*(?:\/|von|of|de|sur|di)?\s*\d*$/iu;

/** Rows of running heads and feet: the same text at the edge of more than one page. */
function runningRows(pages: readonly (readonly Row[])[]): ReadonlySet<string> {
  const edges = pages.flatMap((rows) => [...new Set([rows[0]?.text, rows.at(-1)?.text])]);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const text of edges) {
    // A row with an amount may be an item that two pages happen to share.
    if (text === undefined || /\d[.,]\d{2}(?!\d)/u.test(text)) continue;
    if (seen.has(text)) repeated.add(text);
    seen.add(text);
  }
  return repeated;
}

/** Sections as rows, up to the limit of characters. */
function pagesOf(reading: Reading): readonly (readonly Row[])[] {
  let left = limits.characters;
  return reading.sections.map((section, page) => {
    const text = section.text.slice(0, left);
    left -= text.length;
    const rows = closeLetterSpacing(repairText(text))
      .split(/[\n\f\v]/u)
      .map((line) => toRow(line, page));
    return rows.filter((row) => row.cells.length > 0 && !pageNumber.test(row.text));
  });
}

/** Lays the text of all sections out in rows, without page numbers and with running heads kept once. */
export function layOut(reading: Reading): Layout {
  const pages = pagesOf(reading);
  const running = runningRows(pages);
  const kept = new Set<string>();
  const rows = pages.flat().filter((row) => {
    if (!running.has(row.text)) return true;
    const first = !kept.has(row.text);
    kept.add(row.text);
    return first;
  });
  const length = reading.sections.reduce((total, { text }) => total + text.length, 0);
  const isReadable = !reading.sections.some(({ text }) => text.search(unreadable) >= 0);
  return {
    rows: rows.slice(0, limits.rows),
    isComplete: isReadable && length <= limits.characters && rows.length <= limits.rows,
  };
}

/**
 * A value beside a label: in the same cell, in the next one, in the row below at the same place, or, when columns are
 * set on different baselines, `near`: last in the row below a label that stands alone.
 */
export interface Labelled {
  readonly value: string;
  readonly row: number;
  readonly where: 'same' | 'next' | 'below' | 'near';
}

function below(rows: readonly Row[], row: number, cell: number): string | undefined {
  const [here, next] = [rows[row], rows[row + 1]];
  return here?.cells.length === next?.cells.length ? next?.cells[cell] : undefined;
}

/**
 * Every value that stands beside a label. `label` is matched from the start of a cell; what follows it in the cell,
 * after an optional colon, is the value. The row below counts only when both rows have the same number of cells.
 */
export function valuesBeside(rows: readonly Row[], label: RegExp): readonly Labelled[] {
  const found: Labelled[] = [];
  for (const [index, row] of rows.entries()) {
    for (const [place, cell] of row.cells.entries()) {
      const match = label.exec(cell);
      if (match?.index !== 0) continue;
      const rest = cell
        .slice(match[0].length)
        .replace(/^\s*[:#]\s*/u, '')
        .trim();
      const next = row.cells[place + 1];
      const under = below(rows, index, place);
      if (rest !== '') found.push({ value: rest, row: index, where: 'same' });
      else {
        if (next !== undefined) found.push({ value: next, row: index, where: 'next' });
        const last = row.cells.length === 1 ? rows[index + 1]?.cells.at(-1) : undefined;
        if (under !== undefined) found.push({ value: under, row: index, where: 'below' });
        else if (last !== undefined) found.push({ value: last, row: index, where: 'near' });
      }
    }
  }
  return found;
}
