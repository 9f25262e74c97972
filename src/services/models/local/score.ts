/** Marks for what can be measured in a text without understanding it. */
import { modelCannot } from '../cannot.ts';
import type { Models, ScoreRequest } from '../types.ts';
import { readingEase, sentencesOf, type Sentence } from './english.ts';

type Scored = Awaited<ReturnType<Models['score']>>['value'];

interface Text {
  readonly text: string;
  readonly sentences: readonly Sentence[];
  readonly words: number;
}

interface Mark {
  readonly score: number;
  /** What to do better; none for a full mark. */
  readonly remark?: string;
}

/** What is measured, by name of the criterion. The meaning that a request gives says the numbers, where it has any. */
const measures: Readonly<Record<string, (text: Text, meaning: string) => Mark>> = {
  readability,
  length: lengthFit,
  structure,
  variety,
};

/**
 * Marks a text by `readability`, `length`, `structure` and `variety`; the score is their mean. Confidence is 0.5: a
 * text can be well built and wrong. Fails with `ModelCannot` for any other criterion.
 */
export function scoreText({ text, criteria }: ScoreRequest): { readonly value: Scored; readonly confidence: number } {
  const sentences = sentencesOf(text);
  const subject = { text, sentences, words: sentences.reduce((sum, { words }) => sum + words, 0) };
  const marks = Object.entries(criteria).map(([name, meaning]) => {
    const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
    if (!measure) {
      throw modelCannot('local', 'score', `it measures ${Object.keys(measures).join(', ')} only, not ${name}`);
    }
    return { name, ...(subject.words === 0 ? { score: 0, remark: 'Write something.' } : measure(subject, meaning)) };
  });
  if (marks.length === 0) throw modelCannot('local', 'score', 'no criterion was given');
  return {
    value: {
      score: round(marks.reduce((sum, { score }) => sum + score, 0) / marks.length),
      criteria: Object.fromEntries(marks.map(({ name, score }) => [name, round(score)])),
      remarks: [...new Set(marks.flatMap(({ remark }) => remark ?? []))],
    },
    confidence: 0.5,
  };
}

function round(mark: number): number {
  return Math.round(mark * 100) / 100;
}

function within(value: number, none: number, full: number): number {
  return Math.min(1, Math.max(0, (value - none) / (full - none)));
}

/** Full at a reading ease of 60 (plain English), none at 10. */
function readability({ text, sentences, words }: Text): Mark {
  const score = within(readingEase(text), 10, 60);
  if (score === 1) return { score };
  const average = Math.round(words / Math.max(1, sentences.length));
  return {
    score,
    remark:
      average > 20
        ? `Shorten the sentences: they have ${average} words on average, 20 are plenty.`
        : 'Use shorter and more common words.',
  };
}

/** Full between the two numbers of the meaning (`300 to 800 words`); with one number, at least that many. */
function lengthFit({ words }: Text, meaning: string): Mark {
  const [least = 150, most = Infinity] = [...meaning.matchAll(/\d+/gu)].map(([number]) => Number(number));
  if (words < least) return { score: words / least, remark: `Say more: ${words} words, at least ${least} are wanted.` };
  if (words > most) return { score: most / words, remark: `Cut: ${words} words, at most ${most} are wanted.` };
  return { score: 1 };
}

/** Paragraphs of at most 120 words, and headings in a text of more than 300 words. */
function structure({ text, words }: Text): Mark {
  const blocks = text.split(/\n\s*\n/u).filter((block) => block.trim() !== '');
  const short = blocks.filter((block) => block.trim().split(/\s+/u).length <= 120).length / blocks.length;
  const hasHeadings = words <= 300 || /^(?:#{1,4}\s|<h[1-4])/mu.test(text);
  if (!hasHeadings) return { score: short / 2, remark: 'Divide the text with headings.' };
  return short === 1 ? { score: 1 } : { score: short, remark: 'Break paragraphs of more than 120 words.' };
}

/** None if every second sentence says the same as another, full if none does. */
function variety({ sentences }: Text): Mark {
  const said = sentences.map(({ stems }) => stems.join(' ')).filter((stems) => stems !== '');
  if (said.length === 0) return { score: 0, remark: 'Write whole sentences.' };
  const repeated = 1 - new Set(said).size / said.length;
  return repeated === 0
    ? { score: 1 }
    : { score: within(repeated, 0.5, 0), remark: 'Drop sentences that repeat others.' };
}
