import { byConfidence, route } from '../../../src/workflows/patterns/route.ts';

/** Takes the case of a key that only run time knows. */
export async function routed(key: string, otherwise: boolean): Promise<string> {
  const cases = { left: async () => 'went left', right: async () => 'went right' };
  return otherwise
    ? route(key, cases, { otherwise: async (unknown) => `lost at ${unknown}` })
    : route(key as 'left' | 'right', cases);
}

/** `null` stands for a score that is no number: JSON has none. */
export async function sorted(score: number | null, thresholds: { auto: number; review: number }): Promise<string> {
  return byConfidence(score ?? NaN, thresholds);
}
