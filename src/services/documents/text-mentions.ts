/** What the running text of a document mentions: people, organizations, places, dates, money, addresses. */
import nlp from 'compromise';
import model from 'wink-eng-lite-web-model';
import winkNLP from 'wink-nlp';
import { layOut } from './text-layout.ts';
import type { Extraction, Reading } from './types.ts';

/** Mentions found in the text; a help for search and for the reader, never proof of a field. */
export interface Mentions {
  readonly language: Reading['language'];
  /** The first sentences; `null` for text too short to need one. */
  readonly summary: string | null;
  readonly people: readonly string[];
  readonly organizations: readonly string[];
  readonly places: readonly string[];
  readonly dates: readonly string[];
  readonly money: readonly string[];
  readonly emails: readonly string[];
  readonly urls: readonly string[];
}

/** Text beyond this many characters is not searched for mentions. */
const mentionLimit = 20_000;
const mentionCount = 25;
const summaryLength = 400;

const wink = winkNLP(model);

function tidy(values: readonly string[]): readonly string[] {
  const clean = values
    .map((value) => value.replace(/\s+/gu, ' ').replace(/^[\s,.;:'"“”]+|[\s,.;:'"“”]+$/gu, ''))
    .filter((value) => value.length > 1);
  return [...new Set(clean)].slice(0, mentionCount);
}

function summaryOf(sentences: readonly string[], length: number): string | null {
  if (length < summaryLength) return null;
  let summary = '';
  for (const sentence of sentences) {
    if (summary !== '' && summary.length + sentence.length > summaryLength) break;
    summary = `${summary} ${sentence}`.trim();
  }
  return summary === '' ? null : summary.slice(0, summaryLength);
}

/**
 * Finds mentions in the first 20,000 characters. Names of people, organizations and places are looked for in English
 * text only and are missed now and then, which the confidence (0.6) says.
 */
export function mentionsOf(reading: Reading): Extraction<Mentions> {
  const text = layOut(reading)
    .rows.map((row) => row.text)
    .join('\n')
    .slice(0, mentionLimit);
  const document = wink.readDoc(text);
  // eslint-disable-next-line @typescript-eslint/unbound-method -- a selector, which wink calls without `this`
  const found = document.entities().out(wink.its.detail) as unknown as readonly { value: string; type: string }[];
  const ofType = (type: string): readonly string[] =>
    tidy(found.filter((entity) => entity.type === type).map(({ value }) => value));
  const english = reading.language === 'en' ? nlp(text) : undefined;
  const written = [...text.matchAll(/\b\d{1,2}[./]\d{1,2}[./]\d{4}\b|\b\d{4}-\d{2}-\d{2}\b/gu)].map(([date]) => date);
  const sums = [...text.matchAll(/(?:[€$£]\s?\d[\d.,]*\d|\d[\d.,]*\d\s?(?:€|EUR|USD|GBP|CHF))/gu)].map(
    ([amount]) => amount,
  );
  return {
    value: {
      language: reading.language,
      summary: summaryOf(document.sentences().out(), text.length),
      people: tidy((english?.people().out('array') as string[] | undefined) ?? []),
      organizations: tidy((english?.organizations().out('array') as string[] | undefined) ?? []),
      places: tidy((english?.places().out('array') as string[] | undefined) ?? []),
      dates: tidy([...written, ...(english === undefined ? [] : ofType('DATE'))]),
      money: tidy([...sums, ...(english === undefined ? [] : ofType('MONEY'))]),
      emails: ofType('EMAIL'),
      urls: ofType('URL'),
    },
    confidence: english === undefined ? 0.4 : 0.6,
    problems: [],
  };
}
