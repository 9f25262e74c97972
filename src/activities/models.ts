/** What processes ask of models, as activities. */
import { cancellationSignal } from '@temporalio/activity';
import type { Models } from '../services/models/types.ts';

/** Each takes a request and gives its value with confidence, usage, cost and model. */
export interface ModelActivities {
  classifyText(request: Parameters<Models['classify']>[0]): ReturnType<Models['classify']>;
  classifyTexts(request: Parameters<Models['classifyMany']>[0]): ReturnType<Models['classifyMany']>;
  extractFacts(request: Parameters<Models['extract']>[0]): ReturnType<Models['extract']>;
  summarizeText(request: Parameters<Models['summarize']>[0]): ReturnType<Models['summarize']>;
  draftText(request: Parameters<Models['draft']>[0]): ReturnType<Models['draft']>;
  scoreText(request: Parameters<Models['score']>[0]): ReturnType<Models['score']>;
  chooseRoute(request: Parameters<Models['choose']>[0]): ReturnType<Models['choose']>;
  chatTurn(request: Parameters<Models['chat']>[0]): ReturnType<Models['chat']>;
}

export interface ModelServices {
  readonly models: Models;
}

/** A cancelled activity ends its request to the model. */
export function createModelActivities({ models }: ModelServices): ModelActivities {
  const call = () => ({ signal: cancellationSignal() });
  return {
    classifyText: (request) => models.classify(request, call()),
    classifyTexts: (request) => models.classifyMany(request, call()),
    extractFacts: (request) => models.extract(request, call()),
    summarizeText: (request) => models.summarize(request, call()),
    draftText: (request) => models.draft(request, call()),
    scoreText: (request) => models.score(request, call()),
    chooseRoute: (request) => models.choose(request, call()),
    chatTurn: (request) => models.chat(request, call()),
  };
}
