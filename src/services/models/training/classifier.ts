/**
 * The text classifier: multinomial logistic regression over TF-IDF features. Plain data, so that it can be stored, and
 * functions that apply it.
 */
import { confidenceOf, type CalibrationPoint } from './calibrate.ts';
import { featuresOf, type FeatureChoice } from './features.ts';

/** What training knows of a feature. */
export interface Feature {
  /** Inverse document frequency. */
  readonly rarity: number;
  /** How much it speaks for each label, in order of the labels. */
  readonly weights: Float32Array;
}

export interface Classifier {
  readonly features: FeatureChoice;
  readonly labels: readonly string[];
  readonly vocabulary: ReadonlyMap<string, Feature>;
  /** Inverse document frequency of a feature that training has not seen. */
  readonly unseenRarity: number;
  readonly bias: Float32Array;
  readonly calibration: readonly CalibrationPoint[];
}

export interface Prediction {
  readonly label: string;
  /** Chance that the label is right, on the safe side; see `calibrate`. */
  readonly confidence: number;
  /** Raw probability of the label, before calibration. */
  readonly score: number;
  /** Raw probability of every label; they add up to 1. */
  readonly scores: ReadonlyMap<string, number>;
}

/** The known features of a text, each with its share in the text. */
export type Weighed = readonly { readonly feature: Feature; readonly share: number }[];

/** Weighs the features of a text. Unknown ones take their share too, so that a strange text gets low scores. */
export function weigh(features: readonly string[], model: Pick<Classifier, 'vocabulary' | 'unseenRarity'>): Weighed {
  const known = features.flatMap((name) => model.vocabulary.get(name) ?? []);
  const unknown = (features.length - known.length) * model.unseenRarity ** 2;
  const length = Math.sqrt(known.reduce((sum, { rarity }) => sum + rarity ** 2, unknown)) || 1;
  return known.map((feature) => ({ feature, share: feature.rarity / length }));
}

/** Adds `from` times `factor` to `into`, number by number. */
export function addScaled(into: Float32Array | Float64Array, from: Float32Array | Float64Array, factor: number): void {
  for (let index = 0; index < into.length; index += 1) into[index] = (into[index] ?? 0) + (from[index] ?? 0) * factor;
}

/** Writes the probability of each label into `into`. */
export function probabilities(weighed: Weighed, bias: Float32Array, into: Float64Array): void {
  into.set(bias);
  for (const { feature, share } of weighed) addScaled(into, feature.weights, share);
  const highest = Math.max(...into);
  let sum = 0;
  for (let index = 0; index < into.length; index += 1) {
    const power = Math.exp((into[index] ?? 0) - highest);
    into[index] = power;
    sum += power;
  }
  for (let index = 0; index < into.length; index += 1) into[index] = (into[index] ?? 0) / sum;
}

/** The most probable label of a text. Confidence is 0 for a text without a single known feature. */
export function predict(model: Classifier, text: string): Prediction {
  const weighed = weigh(featuresOf(text, model.features), model);
  const chances = new Float64Array(model.labels.length);
  probabilities(weighed, model.bias, chances);
  const scores = new Map(model.labels.map((label, index) => [label, chances[index] ?? 0]));
  const [label, score] = [...scores].reduce((best, next) => (next[1] > best[1] ? next : best));
  return { label, score, scores, confidence: weighed.length === 0 ? 0 : confidenceOf(score, model.calibration) };
}
