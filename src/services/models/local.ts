/** Models that run in the worker: no key, no network, no cost. They read English. */
import { checkLabels, checkRoutes } from './check-request.ts';
import { modelCannot } from './cannot.ts';
import { chooseRoute } from './local/choose.ts';
import { openClassifiers, type LocalModelOptions } from './local/classifiers.ts';
import { draftText } from './local/draft.ts';
import { countTokens } from './local/english.ts';
import { extractFacts } from './local/extract.ts';
import { scoreText } from './local/score.ts';
import { summarizeText } from './local/summarize.ts';
import { predict, type Classifier } from './training/classifier.ts';
import type { CallOptions, Classified, ModelResult, Models } from './types.ts';

interface Answer<T> {
  readonly value: T;
  readonly confidence: number;
}

/**
 * Opens the local models. Classifiers are trained from the shipped data at first use, which takes some seconds, or
 * taken from the store. What they cannot do fails with `ModelCannot`: free conversation, free text to extract, labels
 * that they were not trained for.
 */
export function openLocalModels(options: LocalModelOptions = {}): Models {
  const classifiers = openClassifiers(options);

  async function classifierFor(task: string, labels: readonly string[]): Promise<Classifier> {
    checkLabels(labels);
    const model = await classifiers.serving(task);
    if (model === undefined) throw modelCannot('local', `classify by ${task}`, 'it was not trained for it');
    const strange = labels.find((label) => !model.labels.includes(label));
    if (strange !== undefined) throw modelCannot('local', `classify by ${task}`, `it does not know '${strange}'`);
    return model;
  }

  return {
    async classify({ task, text, labels }, call) {
      const model = await classifierFor(task, labels);
      return answer(text, call, () => classified(model, text, labels));
    },
    async classifyMany({ task, texts, labels }, call) {
      const model = await classifierFor(task, labels);
      return answer(texts.join('\n'), call, () => {
        const answers = texts.map((text) => classified(model, text, labels));
        return {
          value: answers.map(({ value, confidence }) => ({ ...value, confidence })),
          confidence: Math.min(1, ...answers.map(({ confidence }) => confidence)),
        };
      });
    },
    extract: async (request, call) => answer(request.text, call, () => extractFacts(request)),
    summarize: async (request, call) => answer(request.text, call, () => summarizeText(request)),
    draft: async (request, call) =>
      answer([request.template, ...Object.values(request.facts)].join('\n'), call, () => draftText(request)),
    score: async (request, call) => answer(request.text, call, () => scoreText(request)),
    async choose(request, call) {
      checkRoutes(request.routes);
      return answer(request.text, call, () => chooseRoute(request));
    },
    async chat() {
      throw modelCannot('local', 'chat', 'set FERMATA_MODEL to a model that can');
    },
  };
}

/** Scores are given for so many labels, the likeliest first: answers are kept in histories. */
const scoredLabels = 5;

/** Confidence is that of the label in the whole choice, also where fewer labels may come back. */
function classified(model: Classifier, text: string, labels: readonly string[]): Answer<Classified> {
  const prediction = predict(model, text);
  const ranked = labels
    .map((label) => ({ label, score: prediction.scores.get(label) ?? 0 }))
    .sort((a, b) => b.score - a.score);
  const { label = prediction.label, score = 0 } = ranked[0] ?? {};
  const scores = Object.fromEntries(ranked.slice(0, scoredLabels).map((each) => [each.label, each.score]));
  return { value: { label, scores }, confidence: label === prediction.label ? prediction.confidence : score };
}

function answer<T>(subject: string, call: CallOptions | undefined, work: () => Answer<T>): ModelResult<T> {
  call?.signal?.throwIfAborted();
  const { value, confidence } = work();
  const output = typeof value === 'string' ? value : JSON.stringify(value);
  return {
    value,
    confidence,
    usage: { inputTokens: countTokens(subject), outputTokens: countTokens(output), calls: 1 },
    cost: { microUsd: 0 },
    model: 'local',
    cached: false,
  };
}
