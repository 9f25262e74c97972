/** Summaries made of the text's own sentences. */
import type { SummarizeRequest } from '../types.ts';
import { sentencesOf, stemsOf } from './english.ts';

/** Text beyond this many characters is not read, and confidence says so. */
const textLimit = 60_000;

/** A sentence with fewer telling words says nothing by itself (`But let us begin.`). */
const fewestStems = 3;

/** What a sentence gains that speaks of the focus; importance itself goes to 1. */
const focusBonus = 0.5;

/**
 * Picks the most important sentences that fit, and keeps their order. Nothing is rephrased, so nothing is made up; a
 * text that is short enough stays as it is. Confidence is 0.6, because what is left out may matter.
 */
export function summarizeText({ text, maxWords, focus }: SummarizeRequest): {
  readonly value: string;
  readonly confidence: number;
} {
  const sentences = sentencesOf(text.slice(0, textLimit));
  const total = sentences.reduce((sum, { words }) => sum + words, 0);
  if (total <= maxWords && text.length <= textLimit) return { value: text.trim(), confidence: 1 };
  const wanted = new Set(focus === undefined ? [] : stemsOf(focus));
  const ranked = sentences
    .map((sentence, place) => ({
      ...sentence,
      place,
      rank: sentence.importance + (sentence.stems.some((stem) => wanted.has(stem)) ? focusBonus : 0),
    }))
    .sort((a, b) => b.rank - a.rank || a.place - b.place);
  const picked: typeof ranked = [];
  let room = maxWords;
  for (const sentence of ranked) {
    if (sentence.stems.length < fewestStems || sentence.words > room) continue;
    picked.push(sentence);
    room -= sentence.words;
  }
  const value = picked
    .sort((a, b) => a.place - b.place)
    .map((sentence) => sentence.text)
    .join(' ');
  if (value === '') return { value: firstWords(text, maxWords), confidence: 0.2 };
  return { value, confidence: text.length > textLimit ? 0.4 : 0.6 };
}

function firstWords(text: string, count: number): string {
  return `${text.trim().split(/\s+/u).slice(0, count).join(' ')} …`;
}
