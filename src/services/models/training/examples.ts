/** The data that models learn from: labelled texts, read from files, cleaned, and split the same way every time. */
import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { invalid } from '../../../failures.ts';

/** A text and what it is. */
export interface Example {
  readonly text: string;
  readonly label: string;
}

/** Examples to learn from, and those that training never sees. */
export interface Split {
  readonly training: readonly Example[];
  readonly heldBack: readonly Example[];
}

/** Reads a CSV file with the columns `text` and `category`. Fails with `BadExamples` where a column is missing. */
export function readLabelledCsv(csv: string): readonly Example[] {
  const rows = parse(csv, { columns: true, bom: true }) as unknown as readonly Readonly<Record<string, string>>[];
  return clean(
    rows.map(({ text, category }, index) => {
      if (text !== undefined && category !== undefined) return { text, label: category };
      throw invalid('BadExamples', `row ${index + 1} needs the columns text and category`);
    }),
  );
}

const mark = /\[([+-])\d\]/gu;

/**
 * Reads the sentences of a review whose features are marked with their opinion (`picture[+2], menu[-1]##sentence`).
 * A sentence is `positive` or `negative`, or `neutral` if nothing in it is marked; one with both is left out.
 */
export function readReviews(text: string): readonly Example[] {
  const examples = text.split(/\r?\n/u).flatMap((line) => {
    const [marks, sentence] = [line.slice(0, line.indexOf('##')), line.slice(line.indexOf('##') + 2)];
    if (!line.includes('##')) return [];
    const signs = new Set([...marks.matchAll(mark)].map(([, sign]) => sign));
    if (signs.size > 1) return [];
    return [{ text: sentence, label: signs.has('+') ? 'positive' : signs.has('-') ? 'negative' : 'neutral' }];
  });
  return clean(examples);
}

/** Texts without blanks at their ends; of texts that say the same, the first; empty ones are left out. */
export function clean(examples: readonly Example[]): readonly Example[] {
  const seen = new Map<string, Example>();
  for (const { text, label } of examples) {
    const tidy = text.replace(/\s+/gu, ' ').trim();
    const same = tidy.toLowerCase();
    if (tidy !== '' && !seen.has(same)) seen.set(same, { text: tidy, label });
  }
  return [...seen.values()];
}

/**
 * Holds back a share of each label. What is held back depends on the texts only, not on their order or on chance, so
 * that it is the same on every machine and for every model trained on the same data.
 */
export function split(examples: readonly Example[], share: number): Split {
  const byLabel = new Map<string, { readonly example: Example; readonly draw: string }[]>();
  for (const example of examples) {
    const drawn = { example, draw: createHash('sha256').update(example.text).digest('hex') };
    byLabel.set(example.label, [...(byLabel.get(example.label) ?? []), drawn]);
  }
  const parts = [...byLabel.values()].map((ofLabel) => {
    const order = ofLabel.sort((a, b) => (a.draw < b.draw ? -1 : 1)).map(({ example }) => example);
    return { order, cut: Math.round(order.length * share) };
  });
  return {
    training: parts.flatMap(({ order, cut }) => order.slice(cut)),
    heldBack: parts.flatMap(({ order, cut }) => order.slice(0, cut)),
  };
}
