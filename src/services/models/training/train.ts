/** Training of the text classifier: pure on its data, the same result every time. */
import { setImmediate as breathe } from 'node:timers/promises';
import { invalid } from '../../../failures.ts';
import { calibrate } from './calibrate.ts';
import { addScaled, predict, probabilities, weigh, type Classifier, type Feature, type Weighed } from './classifier.ts';
import { split, type Example } from './examples.ts';
import { featuresOf, type FeatureChoice } from './features.ts';

/** What can be varied in search of a better model. */
export interface Hyperparameters extends FeatureChoice {
  /** Examples that must share a feature before it counts. */
  readonly minimumCount: number;
  /** Passes over the examples. */
  readonly epochs: number;
  /** Size of the first step; it falls to 0 in a straight line. */
  readonly learningRate: number;
  /** Lets every label count the same, however few examples it has. */
  readonly balanced: boolean;
}

export interface TrainOptions {
  /** Ends the training; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The longest that it keeps the process to itself, in milliseconds, so that heartbeats go out. @default 25 */
  readonly burstMs?: number;
}

/** Share of the examples on which confidence is fitted, by a model that has not seen them. */
const calibrationShare = 0.25;

/** A label that is off by less is not corrected: it saves most of the work and changes nothing that can be measured. */
const negligible = 0.001;

/**
 * Trains a classifier and fits its confidence. Confidence is fitted on a quarter of the examples with a model trained
 * on the rest; then the model learns from all. Takes seconds, in bursts of 25 ms. Fails with `BadExamples` where there
 * are fewer than two labels, or fewer than four examples of one.
 */
export async function train(
  examples: readonly Example[],
  settings: Hyperparameters,
  options: TrainOptions = {},
): Promise<Classifier> {
  check(examples);
  const { training, heldBack } = split(examples, calibrationShare);
  const rehearsal = await fit(training, settings, options);
  const answers = heldBack.map(({ text, label }) => {
    const answer = predict(rehearsal, text);
    return { score: answer.score, right: answer.label === label };
  });
  return { ...(await fit(examples, settings, options)), calibration: calibrate(answers) };
}

function check(examples: readonly Example[]): void {
  const counts = countsOf(examples.map(({ label }) => label));
  if (counts.size < 2) throw invalid('BadExamples', 'a classifier needs examples of at least two labels');
  const rare = [...counts].find(([, count]) => count < 4);
  if (rare) throw invalid('BadExamples', `the label ${rare[0]} has ${rare[1]} examples: it needs at least 4`);
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Logistic regression by stochastic gradient descent. */
async function fit(
  examples: readonly Example[],
  settings: Hyperparameters,
  { signal, burstMs = 25 }: TrainOptions,
): Promise<Classifier> {
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  const pause = pauses(burstMs, signal);
  const features: (readonly string[])[] = [];
  for (const { text } of examples) {
    await pause();
    features.push(featuresOf(text, settings));
  }
  const model: Classifier = {
    features: { pairs: settings.pairs, pieces: settings.pieces },
    labels,
    vocabulary: vocabularyOf(features, settings.minimumCount, labels.length),
    unseenRarity: Math.log(examples.length),
    bias: new Float32Array(labels.length),
    calibration: [],
  };
  const counts = countsOf(examples.map(({ label }) => label));
  const lessons = examples.map(({ label }, index) => ({
    weighed: weigh(features[index] ?? [], model),
    truth: labels.indexOf(label),
    importance: settings.balanced ? examples.length / (labels.length * (counts.get(label) ?? 1)) : 1,
  }));
  const random = randomFrom(1);
  const error = new Float64Array(labels.length);
  for (let epoch = 0; epoch < settings.epochs; epoch += 1) {
    const rate = settings.learningRate * (1 - epoch / settings.epochs);
    shuffle(lessons, random);
    for (const lesson of lessons) {
      await pause();
      learn(lesson, model.bias, rate * lesson.importance, error);
    }
  }
  return model;
}

function vocabularyOf(
  features: readonly (readonly string[])[],
  minimumCount: number,
  labels: number,
): ReadonlyMap<string, Feature> {
  const counts = countsOf(features.flat());
  const kept = [...counts].filter(([, count]) => count >= minimumCount);
  return new Map(
    kept.map(([name, count]) => [
      name,
      { rarity: Math.log(features.length / count), weights: new Float32Array(labels) },
    ]),
  );
}

/** One step towards the truth. `error` is scratch space. */
function learn(
  lesson: { readonly weighed: Weighed; readonly truth: number },
  bias: Float32Array,
  rate: number,
  error: Float64Array,
): void {
  probabilities(lesson.weighed, bias, error);
  error[lesson.truth] = (error[lesson.truth] ?? 0) - 1;
  const off: number[] = [];
  for (let label = 0; label < error.length; label += 1) if (Math.abs(error[label] ?? 0) > negligible) off.push(label);
  for (const { feature, share } of lesson.weighed) {
    for (const label of off) {
      feature.weights[label] = (feature.weights[label] ?? 0) - rate * share * (error[label] ?? 0);
    }
  }
  addScaled(bias, error, -rate * 0.1);
}

/** Lets the rest of the process run after each burst, and ends where the signal says so. */
function pauses(burstMs: number, signal: AbortSignal | undefined): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < burstMs) return undefined;
    signal?.throwIfAborted();
    return breathe().then(() => {
      since = performance.now();
    });
  };
}

/** Numbers from 0 to 1 that are the same every time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffle(items: unknown[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}
