/** Medians and intervals of measurements that come in pairs. */

/** A ratio of two sides with its 95 % interval. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2_000;

/** The middle value; the mean of the two middle ones for an even count. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? NaN)) / 2 : upper;
}

/**
 * The median of ours/theirs over the pairs, with the interval that 2,000 bootstrap resamples of the pairs give. A pair
 * is measured back to back, so what slows the machine for a while slows both of its sides.
 */
export function pairedRatio(pairs: readonly { readonly ours: number; readonly theirs: number }[]): Ratio {
  const ratios = pairs.map(({ ours, theirs }) => ours / theirs);
  const random = generator(ratios.length);
  const medians = Array.from({ length: resamples }, () =>
    median(ratios.map(() => ratios[Math.floor(random() * ratios.length)] ?? NaN)),
  ).sort((a, b) => a - b);
  const at = (share: number): number => medians[Math.round(share * (resamples - 1))] ?? NaN;
  return { ratio: median(ratios), low: at(0.025), high: at(0.975) };
}

/** Mulberry32: the same figures give the same interval. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
