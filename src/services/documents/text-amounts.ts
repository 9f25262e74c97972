/** Numbers as people write them: decimal commas and points, thousands in every style, currencies. */
import { Decimal } from 'decimal.js';
import type { Row } from './text-layout.ts';

/** Which mark stands before the decimals; `unknown` when the document never shows it. */
export type DecimalMark = ',' | '.' | 'unknown';

/** A number of a document with what stood around it. */
export interface Amount {
  readonly value: Decimal;
  /** Digits after the mark as written. */
  readonly places: number;
  readonly percent: boolean;
  /** Word that followed a quantity (`Stk`, `kg`), if one. */
  readonly unit: string | null;
}

const digits = String.raw`\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,4})?`;
const currencySign = String.raw`€|\$|£|CHF|EUR|USD|GBP|PLN|SEK|DKK|NOK|CZK|HUF`;
const number = new RegExp(
  String.raw`^(?:(?:${currencySign})\s*)?([-+–(]?)\s*(?:(?:${currencySign})\s*)?(${digits})\s*(-?)\)?\s*(%|${currencySign}|)\s*(\p{L}[\p{L}.()²³]{0,11})?$`,
  'u',
);

/** A date such as `05.03.2018`, which must not be taken for an amount. */
const dateLike = /\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b/gu;

/** Tells the decimal mark from the numbers that leave no doubt; both seen means unknown. */
export function decimalMark(rows: readonly Row[]): DecimalMark {
  const marks = new Set<string>();
  for (const row of rows) {
    const text = row.text.replace(dateLike, ' ');
    for (const match of text.matchAll(/(?<![\d.,])(?:\d{1,3}(?:[.' ]\d{3})*|\d+),\d{2}(?![\d.,]*\d)/gu))
      marks.add(match[0].at(-3) ?? '');
    for (const match of text.matchAll(/(?<![\d.,])(?:\d{1,3}(?:[,' ]\d{3})*|\d+)\.\d{2}(?![\d.,]*\d)/gu))
      marks.add(match[0].at(-3) ?? '');
  }
  // Opening hours and versions (`08.30`, `2.4`) look like decimals: the style of money rows decides.
  if (marks.size === 2) return moneyMark(rows);
  const [mark] = marks;
  return mark === ',' || mark === '.' ? mark : 'unknown';
}

function moneyMark(rows: readonly Row[]): DecimalMark {
  let [commas, points] = [0, 0];
  for (const row of rows) {
    for (const cell of row.cells) {
      if (/^[-+–]?[\d.' ]*\d,\d{2,4}\s*(?:€|EUR)?$/u.test(cell)) commas += 1;
      else if (/^[-+–]?[\d,' ]*\d\.\d{2,4}\s*(?:€|EUR|\$|£)?$/u.test(cell)) points += 1;
    }
  }
  if (commas > 0 && points === 0) return ',';
  return points > 0 && commas === 0 ? '.' : 'unknown';
}

function plainDigits(written: string, mark: DecimalMark): string | undefined {
  const tight = written.replace(/[\s'’]/gu, '');
  const last = Math.max(tight.lastIndexOf(','), tight.lastIndexOf('.'));
  if (last === -1) return tight;
  const decimals = tight.length - last - 1;
  const sign = tight[last];
  const grouped = (tight.match(/[.,]/gu) ?? []).length > 1;
  const isDecimal = mark === 'unknown' ? decimals !== 3 : sign === mark;
  if (mark === 'unknown' && decimals === 3 && !grouped) return undefined;
  if (!isDecimal) return decimals === 3 ? tight.replace(/[.,]/gu, '') : undefined;
  return `${tight.slice(0, last).replace(/[.,]/gu, '')}.${tight.slice(last + 1)}`;
}

/** Reads a whole cell as a number; `undefined` if it is anything else or can be read in two ways. */
export function parseAmount(cell: string, mark: DecimalMark): Amount | undefined {
  const match = number.exec(cell.trim());
  if (match === null) return undefined;
  const [, before = '', written = '', after = '', sign = '', unit] = match;
  const plain = plainDigits(written, mark);
  if (plain === undefined) return undefined;
  const negative = before === '-' || before === '–' || before === '(' || after === '-';
  const value = new Decimal(plain);
  return {
    value: negative ? value.neg() : value,
    places: plain.includes('.') ? plain.length - plain.indexOf('.') - 1 : 0,
    percent: sign === '%',
    unit: unit ?? null,
  };
}

/** Reads a cell as money: two to four decimals, no percent sign, no unit. */
export function parseMoney(cell: string, mark: DecimalMark): Decimal | undefined {
  const amount = parseAmount(cell, mark);
  if (amount === undefined || amount.percent || amount.unit !== null || amount.places < 2) return undefined;
  return amount.value;
}

const signs: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP' };

/**
 * The one currency that the document's amounts are in. A dollar sign names no currency by itself, and two currencies
 * in one document leave none.
 */
export function currencyOf(rows: readonly Row[]): { readonly code: string; readonly labelled: boolean } | undefined {
  const codes = new Set<string>();
  const labelled = new Set<string>();
  for (const row of rows) {
    const label = /(?:währung|currency|devise|valuta|beträge in|amounts in|montants en)\s*:?\s*([A-Z]{3})\b/iu.exec(
      row.text,
    );
    if (label?.[1] !== undefined) labelled.add(label[1].toUpperCase());
    for (const match of row.text.matchAll(/(?:^|[\s(])(EUR|USD|GBP|CHF|SEK|DKK|NOK|PLN|CZK|HUF)(?=$|[\s).,:\d])/gu))
      codes.add(match[1] ?? '');
    for (const match of row.text.matchAll(/\d\s?([€£$])|([€£$])\s?\d/gu))
      codes.add(signs[match[1] ?? match[2] ?? ''] ?? '$');
  }
  const all = new Set([...labelled, ...codes]);
  // `$4` is also what some fonts make of `§4`: a dollar sign counts only where no currency is named.
  if (all.has('USD') || labelled.size === 1) all.delete('$');
  const [only] = all;
  return all.size === 1 && only !== undefined && only !== '$'
    ? { code: only, labelled: labelled.size === 1 }
    : undefined;
}
