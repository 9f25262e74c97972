import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { calibrate, confidenceOf } from '../../../src/services/models/training/calibrate.ts';
import { predict, type Classifier } from '../../../src/services/models/training/classifier.ts';
import { evaluate } from '../../../src/services/models/training/evaluate.ts';
import {
  clean,
  readLabelledCsv,
  readReviews,
  split,
  type Example,
} from '../../../src/services/models/training/examples.ts';
import { decodeClassifier, encodeClassifier } from '../../../src/services/models/training/serialize.ts';
import { heldBackShare, searchSpace, trainingTasks } from '../../../src/services/models/training/tasks.ts';
import { train } from '../../../src/services/models/training/train.ts';

const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));
const intents = trainingTasks.get('intent')!;
const sentiments = trainingTasks.get('sentiment')!;

/** Six intents, so that training takes no time. */
let few: readonly Example[];
let model: Classifier;

beforeAll(async () => {
  const all = await intents.load(samples);
  const labels = [...new Set(all.map(({ label }) => label))].slice(0, 6);
  few = all.filter(({ label }) => labels.includes(label));
  model = await train(split(few, heldBackShare).training, intents.settings);
});

/** How often the event loop came round while something was done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  return turns;
}

describe('the shipped data', () => {
  it('has a text once, also where two differ in case and blanks only', async () => {
    const all = await intents.load(samples);
    expect(all).toHaveLength(9999);
    expect(new Set(all.map(({ label }) => label)).size).toBe(77);
    expect(clean([...all, { text: ' I am STILL  waiting on my card? ', label: 'x' }])).toHaveLength(all.length);
  });

  it('gives sentences of reviews the sign of their marks, and leaves out those with both', () => {
    const review = ['[t]title', 'zoom[+2]##great zoom .', '##a camera .', 'a[+1], b[-2]##mixed .', 'b[-1][u]##bad .'];
    expect(readReviews(review.join('\n'))).toEqual([
      { text: 'great zoom .', label: 'positive' },
      { text: 'a camera .', label: 'neutral' },
      { text: 'bad .', label: 'negative' },
    ]);
  });

  it('refuses a table without the columns it needs', () => {
    expect(() => readLabelledCsv('question,intent\nhow?,x\n')).toThrow('row 1 needs the columns text and category');
  });
});

describe('holding back', () => {
  it('takes its share of every label, and the same examples in any order of the data', () => {
    const { training, heldBack } = split(few, heldBackShare);
    const reversed = split([...few].reverse(), heldBackShare);
    const texts = (examples: readonly Example[]): string[] => examples.map(({ text }) => text).sort();
    expect(texts(reversed.heldBack)).toEqual(texts(heldBack));
    expect(texts([...training, ...heldBack])).toEqual(texts(few));
    for (const label of new Set(few.map((example) => example.label))) {
      const ofLabel = (examples: readonly Example[]): number => examples.filter((each) => each.label === label).length;
      expect(ofLabel(heldBack)).toBe(Math.round(ofLabel(few) * heldBackShare));
    }
  });
});

describe('training', () => {
  it('gives the same model every time', async () => {
    const again = await train(split(few, heldBackShare).training, intents.settings);
    expect((await encodeClassifier(again)).equals(await encodeClassifier(model))).toBe(true);
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const training = train(few, intents.settings, { signal: stop.signal, burstMs: 0 });
    setImmediate(() => {
      stop.abort(new Error('enough'));
    });
    await expect(training).rejects.toThrow('enough');
  });

  it('lets other work run after each burst, here after each example', async () => {
    const examples = few.slice(0, 200);
    const turns = await turnsDuring(() => train(examples, intents.settings, { burstMs: 0 }));
    expect(turns).toBeGreaterThan(examples.length * intents.settings.epochs);
    expect(await turnsDuring(() => train(examples, intents.settings, { burstMs: Infinity }))).toBeLessThan(3);
  });

  it('lets other work run many times when nothing is said about its bursts', async () => {
    const all = await intents.load(samples);
    const labels = [...new Set(all.map(({ label }) => label))].slice(0, 20);
    const some = all.filter(({ label }) => labels.includes(label));
    expect(await turnsDuring(() => train(some, intents.settings))).toBeGreaterThan(10);
  });

  it('refuses examples that cannot make a classifier', async () => {
    const one = few.filter(({ label }) => label === few[0]?.label);
    await expect(train(one, intents.settings)).rejects.toMatchObject({ type: 'BadExamples' });
    const rare = [...few, { text: 'only one of its kind', label: 'rare' }];
    await expect(train(rare, intents.settings)).rejects.toThrow('the label rare has 1 examples');
  });

  it('works with every setting of the search', async () => {
    const { training, heldBack } = split(few, heldBackShare);
    for (const settings of searchSpace) {
      expect(evaluate(await train(training, settings), heldBack).accuracy).toBeGreaterThan(0.85);
    }
    expect(searchSpace).toContain(intents.settings);
    expect(searchSpace).toContain(sentiments.settings);
  });

  it('survives being stored: the same answers with the same confidence', async () => {
    const read = await decodeClassifier(await encodeClassifier(model));
    for (const { text } of few.slice(0, 50)) expect(predict(read, text)).toEqual(predict(model, text));
    await expect(decodeClassifier(Buffer.from('not a model'))).rejects.toMatchObject({ type: 'ModelUnreadable' });
  });
});

describe('confidence', () => {
  it('is below the share of right answers, and rises with the score', () => {
    const answers = Array.from({ length: 1000 }, (_, index) => ({
      score: index / 1000,
      right: index % 10 < index / 100,
    }));
    const points = calibrate(answers);
    expect(points.length).toBeGreaterThan(3);
    for (const [index, { score, confidence }] of points.entries()) {
      const alike = answers.filter((answer) => Math.abs(answer.score - score) < 0.05);
      expect(confidence).toBeLessThan(alike.filter(({ right }) => right).length / alike.length);
      expect(confidence).toBeGreaterThan(points[index - 1]?.confidence ?? -1);
    }
    expect(confidenceOf(1, points)).toBe(points.at(-1)?.confidence);
    expect(confidenceOf(0.001, points)).toBeLessThan(0.05);
  });

  it('is never high on few examples, even if all were right', () => {
    const points = calibrate(Array.from({ length: 10 }, () => ({ score: 1, right: true })));
    expect(confidenceOf(1, points)).toBeLessThan(0.9);
  });

  it.each(['', '?!', 'asdf qwer', 'My pizza was cold', 'hello', 'Wie ist das Wetter in Berlin?'])(
    'does not make an answer automatic for %j',
    (text) => {
      expect(predict(model, text).confidence).toBeLessThan(0.9);
    },
  );
});

describe('the classifiers as they are shipped', () => {
  it('are right about intents, and nearly always where no person looks', async () => {
    const { training, heldBack } = split(await intents.load(samples), heldBackShare);
    const figures = evaluate(await train(training, intents.settings), heldBack);
    expect(figures.examples).toBe(1998);
    expect(figures.accuracy).toBeGreaterThan(0.89);
    expect(figures.automatic / figures.examples).toBeGreaterThan(0.6);
    expect(figures.automaticWrong / figures.automatic).toBeLessThanOrEqual(0.02);
  });

  it('tell sentiment better than the most frequent label would, and never claim to be sure of it', async () => {
    const { training, heldBack } = split(await sentiments.load(samples), heldBackShare);
    const figures = evaluate(await train(training, sentiments.settings), heldBack);
    const neutral = heldBack.filter(({ label }) => label === 'neutral').length / heldBack.length;
    expect(figures.accuracy).toBeGreaterThan(neutral + 0.1);
    expect(figures.automatic).toBeLessThan(figures.examples * 0.1);
  });
});
