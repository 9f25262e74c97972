/** What can be done for an article without understanding it: an outline from its own words, and cutting. */
import { sentencesOf, stemsOf } from './models/local/english.ts';

/** Points in the text's own words, and its sentences as facts to set under them. */
export interface Outline {
  readonly points: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
}

/** Takes as points the words that most sentences share; each point covers sentences that those before do not. */
export function outlineOf(text: string): Outline {
  const sentences = sentencesOf(text).filter(({ words }) => words >= 4);
  const facts = Object.fromEntries(sentences.map((sentence, index) => [`fact${String(index + 1)}`, sentence.text]));
  const forms = formsOf(text);
  const wanted = Math.min(5, Math.max(2, Math.round(sentences.length / 6)));
  const points: string[] = [];
  let uncovered = sentences.map(({ stems }) => new Set(stems));
  while (points.length < wanted) {
    const counts = new Map<string, number>();
    for (const stems of uncovered) for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
    const [best] = [...counts].filter(([stem]) => forms.has(stem)).sort((a, b) => b[1] - a[1]);
    if (best === undefined || best[1] < 2) break;
    points.push(capitalized(forms.get(best[0]) ?? best[0]));
    uncovered = uncovered.filter((stems) => !stems.has(best[0]));
  }
  return { points, facts };
}

/** The most frequent spelling of each telling word of at least four letters. */
function formsOf(text: string): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}{4,}/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => a[1] - b[1]);
  return new Map(ranked.flatMap(([word]) => stemsOf(word).map((stem) => [stem, word] as const)));
}

function capitalized(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

/** Words of a sentence beyond which it is hard to read. */
const longSentence = 30;
/** Words of a paragraph beyond which it is divided. */
const longParagraph = 120;

/**
 * One round of editing by leaving out: what is said twice goes, then the longest sentence if it is a long one, and the
 * least telling one while the text has more than `maxWords`; long paragraphs are divided, headings above nothing go.
 * Nothing is added. A text that needs none of it comes back as it is.
 */
export function tighten(text: string, maxWords: number): string {
  const said = new Set<string>();
  const blocks = text.split(/\n\s*\n/u).map((block) => {
    const heading = block.startsWith('#');
    const sentences = heading ? [] : sentencesOf(block).filter(({ stems }) => isNew(said, stems.join(' ')));
    return { heading: heading ? block.trim() : undefined, sentences };
  });
  const all = blocks.flatMap(({ sentences }) => sentences);
  const words = all.reduce((sum, sentence) => sum + sentence.words, 0);
  const longest = all.toSorted((a, b) => b.words - a.words)[0];
  const dullest = all.toSorted((a, b) => a.stems.length - b.stems.length)[0];
  const dropped = [
    ...(longest !== undefined && longest.words > longSentence && all.length > 3 ? [longest] : []),
    ...(dullest !== undefined && words > maxWords ? [dullest] : []),
  ];
  const kept = blocks.map((block) => ({
    ...block,
    sentences: block.sentences.filter((each) => !dropped.includes(each)),
  }));
  return kept
    .flatMap(({ heading, sentences }, index) => {
      if (heading === undefined) return paragraphsOf(sentences);
      const next = kept.slice(index + 1).find((block) => block.heading !== undefined || block.sentences.length > 0);
      return next === undefined || next.heading !== undefined ? [] : [heading];
    })
    .join('\n\n');
}

function isNew(said: Set<string>, stems: string): boolean {
  if (stems === '') return true;
  if (said.has(stems)) return false;
  said.add(stems);
  return true;
}

function paragraphsOf(sentences: readonly { readonly text: string; readonly words: number }[]): string[] {
  const paragraphs: { text: string; words: number }[] = [];
  for (const { text, words } of sentences) {
    const last = paragraphs.at(-1);
    if (last !== undefined && last.words + words <= longParagraph) {
      last.text += ` ${text}`;
      last.words += words;
    } else paragraphs.push({ text, words });
  }
  return paragraphs.map(({ text }) => text);
}
