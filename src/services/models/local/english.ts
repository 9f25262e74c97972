/** Reads English text into sentences and words. */
import model from 'wink-eng-lite-web-model';
import winkNLP, { type Detail, type ItemSentence, type ItemToken, type ItsFunction } from 'wink-nlp';

const wink = winkNLP(model);
// eslint-disable-next-line @typescript-eslint/unbound-method -- selectors, which wink calls without `this`
const { detail, normal, readabilityStats, sentenceWiseImportance, stem, stopWordFlag, type } = wink.its;

export interface Sentence {
  readonly text: string;
  /** Words, punctuation left out. */
  readonly words: number;
  /** Stems of the words that carry meaning. */
  readonly stems: readonly string[];
  /** How much of the text's content it holds, 0 to 1. */
  readonly importance: number;
}

/** Number of words and marks, which is what local models count as tokens. */
export function countTokens(text: string): number {
  return wink.readDoc(text).tokens().length();
}

/** Stems of the words that carry meaning, in order. */
export function stemsOf(text: string): readonly string[] {
  return wordsOf(wink.readDoc(text).tokens()).stems;
}

function wordsOf(tokens: { each(visit: (token: ItemToken) => void): void }): { words: number; stems: string[] } {
  const stems: string[] = [];
  let words = 0;
  tokens.each((token) => {
    const kind = token.out(type);
    if (kind !== 'word' && kind !== 'number') return;
    words += 1;
    if (token.out(stopWordFlag) !== true) {
      stems.push(kind === 'word' ? token.out(stem as unknown as ItsFunction<string>) : token.out(normal));
    }
  });
  return { words, stems };
}

/** The sentences of a text, in order. */
export function sentencesOf(text: string): readonly Sentence[] {
  const document = wink.readDoc(text);
  const weights = document.out(sentenceWiseImportance as unknown as ItsFunction<readonly { importance: number }[]>);
  const sentences: Sentence[] = [];
  document.sentences().each((sentence: ItemSentence) => {
    const weight = typeof weights === 'string' ? undefined : weights[sentences.length];
    sentences.push({
      text: sentence.out().replace(/\s+/gu, ' ').trim(),
      ...wordsOf(sentence.tokens()),
      importance: weight?.importance ?? 0,
    });
  });
  return sentences;
}

/** Flesch reading ease: 100 is very easy, 0 very hard. */
export function readingEase(text: string): number {
  const stats = wink.readDoc(text).out(readabilityStats as unknown as ItsFunction<{ fres: number }>);
  return typeof stats === 'string' ? 0 : stats.fres;
}

/** Things that the text names: kind by wink's own terms (`DATE`, `MONEY`, `CARDINAL`, `EMAIL`, …). */
export function entitiesOf(text: string): readonly Detail[] {
  return wink
    .readDoc(text)
    .entities()
    .out(detail as unknown as ItsFunction<Detail>) as Detail[];
}
