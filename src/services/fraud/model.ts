/**
 * The fraud model: a logistic regression, trained at first use from the shipped examples, which are synthetic. Training is
 * deterministic: the same examples give the same model on every machine.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { failure } from '../../failures.ts';
import { parts, type Facts, type Part } from './features.ts';

/** How likely fraud is. */
export interface FraudScore {
  /** 0 to 1, with every missing part taken at its worst usual value: missing knowledge raises it. */
  readonly score: number;
  /** 0 to 1, from what is known alone, with missing parts taken as average. */
  readonly known: number;
  readonly missing: readonly Part[];
  readonly model: ModelInfo;
}

/** Which model it was, and how good it is. */
interface ModelInfo {
  /** Beginning of the hash of its training data. */
  readonly version: string;
  /** Area under the ROC curve on the examples that training did not see. */
  readonly heldBackAuc: number;
}

export interface FraudModel {
  readonly info: ModelInfo;
  score(facts: Facts): FraudScore;
}

const shippedExamples = fileURLToPath(new URL('../../../samples/fraud/transactions.csv', import.meta.url));

const names = Object.values(parts).flat();
const columns: Readonly<Record<Part, readonly number[]>> = {
  transaction: parts.transaction.map((name) => names.indexOf(name)),
  history: parts.history.map((name) => names.indexOf(name)),
  device: parts.device.map((name) => names.indexOf(name)),
};
/** Every fifth example is held back. */
const heldBackShare = 5;
const [rounds, learningRate, ridge] = [120, 1.5, 0.001];
/** A missing part counts as one that is worse than this share of the examples. */
const worstUsual = 0.9;

interface Example {
  readonly values: readonly number[];
  readonly fraud: number;
}

interface Weights {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
}

/** Reads the examples and trains on four fifths of them. Fails with `ExamplesUnreadable` (category `logic`). */
export async function trainFraudModel(file: string = shippedExamples): Promise<FraudModel> {
  const csv = await readFile(file, 'utf8');
  const { training, heldBack } = split(readExamples(csv));
  const weights = fit(training);
  const worst = Object.fromEntries(
    (Object.keys(parts) as Part[]).map((part) => [
      part,
      quantile(training.map((each) => shareOf(weights, part, each.values))),
    ]),
  ) as Readonly<Record<Part, number>>;
  const info: ModelInfo = {
    version: createHash('sha256').update(csv).digest('hex').slice(0, 12),
    heldBackAuc: areaUnderCurve(heldBack.map(({ values, fraud }) => ({ score: logit(weights, values), fraud }))),
  };
  return { info, score: (facts) => scoreOf(facts, weights, worst, info) };
}

function scoreOf(facts: Facts, weights: Weights, worst: Readonly<Record<Part, number>>, model: ModelInfo): FraudScore {
  let [known, missingShare] = [weights.bias, 0];
  const missing: Part[] = [];
  for (const part of Object.keys(parts) as Part[]) {
    const found = facts[part] as Readonly<Record<string, number>> | undefined;
    if (found === undefined) {
      missing.push(part);
      missingShare += worst[part];
    } else
      known += shareOf(
        weights,
        part,
        names.map((name) => found[name] ?? 0),
      );
  }
  return { score: sigmoid(known + missingShare), known: sigmoid(known), missing, model };
}

function readExamples(csv: string): readonly Example[] {
  const rows = parse(csv, { columns: true, cast: true }) as unknown as readonly Readonly<Record<string, number>>[];
  const examples = rows.map((row) => ({ values: names.map((name) => Number(row[name])), fraud: Number(row.fraud) }));
  const isSound = ({ values, fraud }: Example): boolean => [...values, fraud].every(Number.isFinite);
  if (examples.length > 0 && examples.every(isSound)) return examples;
  throw failure('logic', `the fraud examples need the columns ${names.join(', ')}, fraud`, {
    type: 'ExamplesUnreadable',
  });
}

function split(examples: readonly Example[]): { training: readonly Example[]; heldBack: readonly Example[] } {
  const isHeldBack = (_: Example, index: number): boolean => index % heldBackShare === 0;
  return {
    training: examples.filter((each, index) => !isHeldBack(each, index)),
    heldBack: examples.filter(isHeldBack),
  };
}

/** Gradient descent on the logistic loss, over features of mean 0 and spread 1. */
function fit(examples: readonly Example[]): Weights {
  const mean = names.map((_, at) => average(examples.map(({ values }) => values[at] ?? 0)));
  const spread = names.map(
    (_, at) => Math.sqrt(average(examples.map(({ values }) => ((values[at] ?? 0) - (mean[at] ?? 0)) ** 2))) || 1,
  );
  let model: Weights = { mean, spread, weights: names.map(() => 0), bias: 0 };
  const scaled = examples.map(({ values, fraud }) => ({ values: scale(model, values), fraud }));
  for (let round = 0; round < rounds; round += 1) {
    const slopes = names.map(() => 0);
    let slope = 0;
    for (const { values, fraud } of scaled) {
      const error = sigmoid(model.bias + dot(model.weights, values)) - fraud;
      slope += error;
      for (let at = 0; at < slopes.length; at += 1) slopes[at] = (slopes[at] ?? 0) + error * (values[at] ?? 0);
    }
    const step = learningRate / scaled.length;
    const weights = model.weights.map(
      (weight, at) => weight - step * (slopes[at] ?? 0) - learningRate * ridge * weight,
    );
    model = { ...model, weights, bias: model.bias - step * slope };
  }
  return model;
}

function scale({ mean, spread }: Weights, values: readonly number[]): readonly number[] {
  return values.map((value, at) => (value - (mean[at] ?? 0)) / (spread[at] ?? 1));
}

function logit(weights: Weights, values: readonly number[]): number {
  return weights.bias + dot(weights.weights, scale(weights, values));
}

/** What one part adds to the score, against an average transaction. */
function shareOf(weights: Weights, part: Part, values: readonly number[]): number {
  const scaled = scale(weights, values);
  return columns[part].reduce((sum, at) => sum + (weights.weights[at] ?? 0) * (scaled[at] ?? 0), 0);
}

function dot(one: readonly number[], other: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(worstUsual * (sorted.length - 1))] ?? 0;
}

/** How often a fraud scores above a transaction that is none; ties count half. */
function areaUnderCurve(answers: readonly { readonly score: number; readonly fraud: number }[]): number {
  const frauds = answers.filter(({ fraud }) => fraud === 1);
  const others = answers.filter(({ fraud }) => fraud === 0);
  let above = 0;
  for (const one of frauds) {
    for (const other of others) above += one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0;
  }
  return above / (frauds.length * others.length);
}
