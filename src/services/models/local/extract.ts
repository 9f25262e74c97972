/** Finds names, dates, amounts, addresses and numbers in English text. */
import { quantityText, amountText } from '../../documents/amounts.ts';
import { detectLanguage } from '../../documents/language.ts';
import { decimalMark, parseAmount } from '../../documents/text-amounts.ts';
import { dateOrder, parseDate } from '../../documents/text-dates.ts';
import { mentionsOf, type Mentions } from '../../documents/text-mentions.ts';
import { modelCannot } from '../cannot.ts';
import type { ExtractRequest, FactKind } from '../types.ts';
import { entitiesOf } from './english.ts';

/** How far what was found can be trusted; less where nothing was, since it may have been missed. */
const trust: Readonly<Record<Exclude<FactKind, 'text'>, number>> = {
  email: 0.95,
  url: 0.9,
  date: 0.85,
  amount: 0.85,
  number: 0.7,
  person: 0.6,
  organization: 0.6,
  place: 0.6,
};
const nothingFound = 0.5;
const inexactDate = 0.6;

/**
 * Finds the fields of a request. Confidence is that of the weakest field. Fails with `ModelCannot` for fields that only
 * their description tells apart: free text, and two fields of one kind.
 */
export function extractFacts({ text, fields }: ExtractRequest): {
  readonly value: Readonly<Record<string, readonly string[]>>;
  readonly confidence: number;
} {
  const wanted = Object.entries(fields);
  const kinds = wanted.map(([, { kind }]) => kind);
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) < index);
  if (kinds.includes('text'))
    throw modelCannot('local', 'extract', 'it finds names, dates, amounts and addresses only');
  if (twice !== undefined) throw modelCannot('local', 'extract', `it cannot tell two fields of kind ${twice} apart`);
  const find = finder(text);
  const found = wanted.map(([name, { kind }]) => ({ name, kind, values: kind === 'text' ? [] : find[kind]() }));
  return {
    value: Object.fromEntries(found.map(({ name, values }) => [name, values])),
    confidence: Math.min(1, ...found.map(({ kind, values }) => trustIn(kind, values))),
  };
}

function trustIn(kind: FactKind, values: readonly string[]): number {
  if (kind === 'text' || values.length === 0) return nothingFound;
  if (kind === 'date' && !values.every((value) => /^\d{4}-\d{2}-\d{2}$/u.test(value))) return inexactDate;
  return trust[kind];
}

function finder(text: string): Record<Exclude<FactKind, 'text'>, () => readonly string[]> {
  let known: Mentions | undefined;
  const mentions = (): Mentions => (known ??= mentionsIn(text));
  return {
    person: () => withoutEdges(mentions().people),
    organization: () => withoutEdges(mentions().organizations),
    place: () => withoutEdges(mentions().places),
    email: () => mentions().emails,
    url: () => mentions().urls,
    date: () => datesIn(text, mentions().dates),
    amount: () => amountsIn(text),
    number: () => numbersIn(text),
  };
}

function mentionsIn(text: string): Mentions {
  return mentionsOf({
    format: 'text',
    pages: 1,
    sections: [{ title: '', text }],
    structured: null,
    problems: [],
    // Too little text to tell its language is read as English.
    language: detectLanguage(text) ?? 'en',
  }).value;
}

/** What compromise leaves at names: possessives and brackets. */
function withoutEdges(names: readonly string[]): readonly string[] {
  return distinct(names.map((name) => name.replace(/['’]s?$/u, '').replace(/^[([]+|[)\]]+$/gu, '')));
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** In order of the text; ISO where the date is exact, else as it is written. */
function datesIn(text: string, found: readonly string[]): readonly string[] {
  const order = dateOrder([{ page: 1, text, cells: [text] }], detectLanguage(text));
  const inOrder = [...found].sort((a, b) => text.indexOf(a) - text.indexOf(b));
  const dates = inOrder.map((written) => parseDate(written, order) ?? written);
  // A year alone that is part of an exact date was found twice.
  return distinct(dates).filter((date) => !dates.some((other) => other !== date && other.startsWith(`${date}-`)));
}

const currencies = String.raw`EUR|USD|GBP|CHF|CAD|AUD|JPY|SEK|NOK|DKK|PLN`;
const digits = String.raw`\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?`;
const money = new RegExp(
  String.raw`(?:(?<before>[€$£]|\b(?:${currencies})\b)\s?(?<amount>${digits})|(?<value>${digits})\s?(?<after>€|\b(?:${currencies})\b))`,
  'gu',
);
const codes: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP' };

/** As `12.50 EUR`. A dollar sign stays one: it names no currency by itself. */
function amountsIn(text: string): readonly string[] {
  const mark = decimalMark([{ page: 1, text, cells: [text] }]);
  return distinct(
    [...text.matchAll(money)].flatMap(({ groups = {} }) => {
      const amount = parseAmount(groups['amount'] ?? groups['value'] ?? '', mark === 'unknown' ? '.' : mark);
      const sign = groups['before'] ?? groups['after'] ?? '';
      return amount ? [`${amountText(amount.value)} ${codes[sign] ?? sign}`] : [];
    }),
  );
}

function numbersIn(text: string): readonly string[] {
  const found = entitiesOf(text).filter(({ type }) => type === 'CARDINAL' || type === 'PERCENT' || type === 'MONEY');
  return distinct(
    found.flatMap(({ value }) => {
      const number = parseAmount(/\d[\d.,'’]*/u.exec(value)?.[0].replace(/[.,]$/u, '') ?? '', '.');
      return number ? [quantityText(number.value)] : [];
    }),
  );
}
