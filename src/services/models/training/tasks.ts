/** What the local models are trained for: their data, and what proved best on it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clean, readLabelledCsv, readReviews, type Example } from './examples.ts';
import type { Hyperparameters } from './train.ts';

export interface TrainingTask {
  /** Reads the shipped examples from the folder of samples. */
  readonly load: (samples: string) => Promise<readonly Example[]>;
  /** What proved best in a search on the training part of the shipped examples. */
  readonly settings: Hyperparameters;
}

const intents: TrainingTask = {
  async load(samples) {
    return readLabelledCsv(await readFile(join(samples, 'support', 'banking77-train.csv'), 'utf8'));
  },
  settings: { pairs: true, pieces: [4], minimumCount: 4, epochs: 6, learningRate: 2, balanced: false },
};

const sentiments: TrainingTask = {
  async load(samples) {
    const folder = join(samples, 'reviews');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.txt') && !name.startsWith('README')).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return clean(texts.flatMap(readReviews));
  },
  settings: { pairs: true, pieces: [], minimumCount: 2, epochs: 10, learningRate: 1, balanced: true },
};

/** By the name that a request to classify says: `intent` (of bank customers) and `sentiment`. */
export const trainingTasks: ReadonlyMap<string, TrainingTask> = new Map([
  ['intent', intents],
  ['sentiment', sentiments],
]);

/** Share of the examples that training never sees. */
export const heldBackShare = 0.2;

/** Settings that a search tries; the shipped ones are among them. */
export const searchSpace: readonly Hyperparameters[] = [
  intents.settings,
  sentiments.settings,
  { pairs: true, pieces: [3, 4], minimumCount: 3, epochs: 8, learningRate: 2, balanced: false },
  { pairs: false, pieces: [4], minimumCount: 2, epochs: 10, learningRate: 1, balanced: true },
];
