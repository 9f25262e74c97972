/** The classifiers that answer: of each name the version that serves, or the built-in one. */
import { fileURLToPath } from 'node:url';
import { split } from '../training/examples.ts';
import type { Classifier } from '../training/classifier.ts';
import { decodeClassifier } from '../training/serialize.ts';
import { heldBackShare, trainingTasks } from '../training/tasks.ts';
import { train } from '../training/train.ts';
import type { ModelStore } from './model-store.ts';

export interface LocalModelOptions {
  /** Where trained versions are kept. @default none: the built-in classifiers answer */
  readonly store?: ModelStore;
  /** Folder of the shipped data. @default `samples` of the project */
  readonly samples?: string;
}

export interface Classifiers {
  /** The classifier that answers now; `undefined` if there is none by this name. */
  serving(name: string): Promise<Classifier | undefined>;
  /** One version; `null` is the built-in one. Fails with `ModelUnknown`; `undefined` if none is built in. */
  version(name: string, version: number | null): Promise<Classifier | undefined>;
}

const shippedSamples = fileURLToPath(new URL('../../../../samples/', import.meta.url));

/**
 * Opens the classifiers. A built-in one is trained from the shipped data when it is first asked for, once in a process
 * (some seconds); a stored one is read when it begins to serve. Which version serves is asked for each time, so that
 * every worker follows a change at once.
 */
export function openClassifiers({ store, samples = shippedSamples }: LocalModelOptions = {}): Classifiers {
  const builtIn = new Map<string, Promise<Classifier>>();
  const loaded = new Map<string, { readonly version: number; readonly classifier: Classifier }>();

  async function version(name: string, wanted: number | null): Promise<Classifier | undefined> {
    if (wanted === null || store === undefined) return trainOnce(name);
    const known = loaded.get(name);
    if (known?.version === wanted) return known.classifier;
    const classifier = await decodeClassifier((await store.load(name, wanted)).body);
    loaded.set(name, { version: wanted, classifier });
    return classifier;
  }

  function trainOnce(name: string): Promise<Classifier> | undefined {
    const task = trainingTasks.get(name);
    if (task === undefined) return undefined;
    const known = builtIn.get(name);
    if (known) return known;
    // The part that evaluation uses stays unseen here as well, so that its figures hold for what answers.
    const training = task.load(samples).then((data) => train(split(data, heldBackShare).training, task.settings));
    builtIn.set(name, training);
    training.catch(() => builtIn.delete(name));
    return training;
  }

  return { version, serving: async (name) => version(name, (await store?.serving(name)) ?? null) };
}
