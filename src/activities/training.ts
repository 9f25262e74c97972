/** Activities that train, compare and deploy the local classifiers. Data travels by reference. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cancellationSignal } from '@temporalio/activity';
import { invalid } from '../failures.ts';
import type { FileStore, StoredFile } from '../services/files.ts';
import { openClassifiers } from '../services/models/local/classifiers.ts';
import type { ModelStore } from '../services/models/local/model-store.ts';
import { evaluate, type Evaluation } from '../services/models/training/evaluate.ts';
import { readLabelledCsv, split, type Example } from '../services/models/training/examples.ts';
import { encodeClassifier } from '../services/models/training/serialize.ts';
import { heldBackShare, searchSpace, trainingTasks } from '../services/models/training/tasks.ts';
import { train, type Hyperparameters } from '../services/models/training/train.ts';

export type { Evaluation } from '../services/models/training/evaluate.ts';
export type { Hyperparameters } from '../services/models/training/train.ts';

/** A CSV file with the columns `text` and `category`: in the file store, or at a path that the worker can read. */
type DataFile = Pick<StoredFile, 'hash'> | { readonly path: string };

/** What is to be trained. */
export interface TrainingOrder {
  /** What is told apart: `intent`, `sentiment`, or a name of your own. */
  readonly task: string;
  /** @default the shipped examples of the task */
  readonly data?: DataFile | undefined;
  /** What the model is checked with once it serves. @default the examples that were held back */
  readonly canary?: DataFile | undefined;
  /** User name of who asks; not allowed to approve. */
  readonly requester?: string | undefined;
}

/** The examples, by their place in the file store. */
export interface Examples {
  readonly training: string;
  readonly heldBack: string;
  readonly canary: string;
  readonly counts: {
    readonly labels: number;
    readonly training: number;
    readonly heldBack: number;
    readonly canary: number;
  };
  /** Settings to try. */
  readonly space: readonly Hyperparameters[];
}

/** What serves, and how good it is; `null`: nothing does. */
type Serving = { readonly version: number | null; readonly figures: Evaluation } | null;

export interface TrainingServices {
  readonly files: FileStore;
  readonly modelStore: ModelStore;
}

export interface TrainingActivities {
  /** Reads, cleans and splits the examples. Fails with `NoData`, `FileMissing` or `BadExamples`. */
  prepareExamples(order: TrainingOrder): Promise<Examples>;
  /** How good these settings are, on a part of the training examples that they are not trained on. */
  tryHyperparameters(training: string, settings: Hyperparameters): Promise<{ readonly accuracy: number }>;
  /** Trains on all training examples, evaluates on those held back, and keeps the model as a candidate. */
  trainCandidate(
    key: string,
    task: string,
    examples: Examples,
    settings: Hyperparameters,
  ): Promise<{ readonly version: number; readonly figures: Evaluation }>;
  /** How good what serves now is on these examples. */
  evaluateServing(task: string, examples: string): Promise<Serving>;
  /** How good one version is on these examples; `null` is the built-in one, if there is one. */
  evaluateVersion(task: string, version: number | null, examples: string): Promise<Evaluation | null>;
  /** Lets a version serve, unless another one than `instead` does by now. */
  deployModel(task: string, version: number, instead: number | null): ReturnType<ModelStore['serve']>;
  /** Lets the version serve that this one replaced; fine if this one never served. */
  rollBackModel(task: string, version: number): Promise<void>;
}

/** Share of the training examples by which settings are compared. */
const validationShare = 0.25;
const maxBytes = 100 * 1024 * 1024;
const samples = fileURLToPath(new URL('../../samples/', import.meta.url));

export function createTrainingActivities({ files, modelStore }: TrainingServices): TrainingActivities {
  const classifiers = openClassifiers({ store: modelStore });
  const put = (examples: readonly Example[]): Promise<string> => files.put(Buffer.from(JSON.stringify(examples)));
  const get = async (hash: string): Promise<readonly Example[]> =>
    JSON.parse(Buffer.from(await files.get(hash)).toString('utf8')) as readonly Example[];

  async function readData(data: DataFile): Promise<readonly Example[]> {
    const bytes = 'hash' in data ? await files.get(data.hash) : await readPath(data.path);
    return readLabelledCsv(Buffer.from(bytes).toString('utf8'));
  }

  async function evaluateVersion(
    task: string,
    version: number | null,
    examples: readonly Example[],
  ): Promise<Evaluation | null> {
    const model = await classifiers.version(task, version);
    return model === undefined ? null : evaluate(model, examples);
  }

  return {
    async prepareExamples({ task, data, canary }) {
      const all = data === undefined ? await shippedExamples(task) : await readData(data);
      const { training, heldBack } = split(all, heldBackShare);
      const checked = canary === undefined ? heldBack : await readData(canary);
      const counts = {
        labels: new Set(all.map(({ label }) => label)).size,
        training: training.length,
        heldBack: heldBack.length,
        canary: checked.length,
      };
      const [trainingHash, heldBackHash, canaryHash] = await Promise.all([training, heldBack, checked].map(put));
      if (trainingHash === undefined || heldBackHash === undefined || canaryHash === undefined) throw noData(task);
      return { training: trainingHash, heldBack: heldBackHash, canary: canaryHash, counts, space: searchSpace };
    },
    async tryHyperparameters(hash, settings) {
      const signal = cancellationSignal();
      const { training, heldBack } = split(await get(hash), validationShare);
      const { accuracy } = evaluate(await train(training, settings, { signal }), heldBack);
      return { accuracy };
    },
    async trainCandidate(key, task, examples, settings) {
      const signal = cancellationSignal();
      const model = await train(await get(examples.training), settings, { signal });
      const figures = evaluate(model, await get(examples.heldBack));
      const body = await encodeClassifier(model);
      return { version: await modelStore.save(task, key, body, { ...figures, settings }), figures };
    },
    async evaluateServing(task, hash) {
      const version = await modelStore.serving(task);
      const figures = await evaluateVersion(task, version, await get(hash));
      return figures && { version, figures };
    },
    evaluateVersion: async (task, version, hash) => evaluateVersion(task, version, await get(hash)),
    deployModel: (task, version, instead) => modelStore.serve(task, version, instead),
    async rollBackModel(task, version) {
      await modelStore.rollBack(task, version);
    },
  };
}

async function shippedExamples(task: string): Promise<readonly Example[]> {
  const shipped = trainingTasks.get(task);
  if (!shipped) throw noData(task);
  return shipped.load(samples);
}

function noData(task: string): Error {
  const known = [...trainingTasks.keys()].join(', ');
  return invalid('NoData', `no examples are shipped for '${task}': give a CSV file as data, or take one of ${known}`);
}

async function readPath(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw invalid('FileMissing', `${path}: no such file on this worker`);
  if (info.size > maxBytes) throw invalid('FileTooLarge', `${path}: more than 100 MB of examples`);
  return readFile(path);
}
