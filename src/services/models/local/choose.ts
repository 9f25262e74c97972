/** Chooses a route by the words that a text shares with the routes' descriptions. */
import type { ChooseRequest } from '../types.ts';
import { stemsOf } from './english.ts';

/** Shared words are a hint, no understanding: a choice is never surer than this. */
const highestConfidence = 0.6;

/**
 * Chooses the route whose name and description share most words with the text; words that few routes use count more.
 * Confidence is its lead over the next, at most 0.6, and 0 if no route shares a word.
 */
export function chooseRoute({ text, routes }: ChooseRequest): {
  readonly value: { readonly route: string; readonly reason: string };
  readonly confidence: number;
} {
  const words = new Set(stemsOf(text.toLowerCase()));
  const described = Object.entries(routes).map(([route, meaning]) => ({
    route,
    stems: new Set(stemsOf(`${route.replace(/[-_.]/gu, ' ')} ${meaning}`.toLowerCase())),
  }));
  const rarity = (stem: string): number =>
    Math.log(1 + described.length / described.filter(({ stems }) => stems.has(stem)).length);
  const ranked = described
    .map(({ route, stems }) => {
      const shared = [...stems].filter((stem) => words.has(stem));
      return { route, shared, rank: shared.reduce((sum, stem) => sum + rarity(stem), 0) };
    })
    .sort((a, b) => b.rank - a.rank);
  const [best, next] = ranked;
  if (best === undefined) return { value: { route: '', reason: 'no routes' }, confidence: 0 };
  const lead = best.rank === 0 ? 0 : 1 - (next?.rank ?? 0) / best.rank;
  return {
    value: { route: best.route, reason: best.rank === 0 ? 'no shared words' : `shares: ${best.shared.join(', ')}` },
    confidence: highestConfidence * lead,
  };
}
