/** Models of a provider, over HTTP, through the AI SDK. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import { ConfigError } from '../../config.ts';
import { ask, type ConnectedModel } from './ask.ts';
import { chat } from './chat.ts';
import { checkLabels, checkRoutes } from './check-request.ts';
import * as questions from './questions.ts';
import { parseModel, parsePrices, type ModelChoice, type ModelSettings } from './settings.ts';
import { textsPerCall } from './texts-per-call.ts';
import type { CallOptions, Classified, ModelResult, Models } from './types.ts';
import { addCost, addUsage, nothing } from './usage.ts';

/** The provider's models that the settings name. Throws `ConfigError`. */
export function openProviderModels(settings: ModelSettings): Models {
  const choice = parseModel(settings.model, settings.url);
  if (!choice) throw new ConfigError('FERMATA_MODEL: names no provider');
  const cheaper = settings.economyModel === undefined ? undefined : parseModel(settings.economyModel, settings.url);
  const main = connect(choice, settings);
  return modelsOf(main, cheaper ? connect(cheaper, settings) : main);
}

function modelsOf(main: ConnectedModel, cheaper: ConnectedModel): Models {
  const pick = (request: { readonly economize?: boolean }): ConnectedModel => (request.economize ? cheaper : main);
  return {
    async classify(request, options) {
      const schema = questions.classifyOne.schema(checkLabels(request.labels));
      const answer = await ask(pick(request), questions.classifyOne.question(request), schema, options);
      return { ...answer, value: { label: answer.value.label } };
    },
    async classifyMany(request, options) {
      checkLabels(request.labels);
      return classifyMany(pick(request), request, options);
    },
    async extract(request, options) {
      const { question, schema } = questions.extract;
      const answer = await ask(pick(request), question(request), schema(request), options);
      return { ...answer, value: answer.value.facts };
    },
    async summarize(request, options) {
      return text(await ask(pick(request), questions.summaryQuestion(request), questions.written, options));
    },
    async draft(request, options) {
      return text(await ask(pick(request), questions.draftQuestion(request), questions.written, options));
    },
    async score(request, options) {
      const { question, schema } = questions.score;
      const answer = await ask(pick(request), question(request), schema(request), options);
      const { criteria, remarks } = answer.value;
      const marks = Object.values(criteria);
      const mean = marks.reduce((sum, mark) => sum + mark, 0) / Math.max(1, marks.length);
      return { ...answer, value: { score: mean, criteria, remarks } };
    },
    async choose(request, options) {
      checkRoutes(request.routes);
      const { question, schema } = questions.choose;
      const answer = await ask(pick(request), question(request), schema(request), options);
      return { ...answer, value: { route: answer.value.route, reason: answer.value.reason } };
    },
    chat: (request, options) => chat(pick(request), request, options),
  };
}

function text(answer: ModelResult<{ readonly text: string }>): ModelResult<string> {
  return { ...answer, value: answer.value.text };
}

type Labelled = Classified & { readonly confidence: number };

/** Chunks one after the other; each is one request, and each of its texts is answered exactly once. */
async function classifyMany(
  model: ConnectedModel,
  request: Parameters<Models['classifyMany']>[0],
  options: CallOptions | undefined,
): Promise<ModelResult<readonly Labelled[]>> {
  const value: Labelled[] = [];
  let usage = nothing;
  let cost: { microUsd: number | null } = { microUsd: 0 };
  for (let from = 0; from < request.texts.length; from += textsPerCall) {
    const texts = request.texts.slice(from, from + textsPerCall);
    const { question, schema } = questions.classifySeveral;
    const answer = await ask(model, question({ ...request, texts }), schema(request.labels, texts.length), options);
    const ordered = [...answer.value.answers].sort((one, other) => one.index - other.index);
    value.push(...ordered.map(({ label, confidence }) => ({ label, confidence })));
    usage = addUsage(usage, answer.usage);
    cost = addCost(cost, answer.cost);
  }
  const confidence = Math.min(1, ...value.map((each) => each.confidence));
  return { value, confidence, usage, cost, model: model.id, cached: false };
}

const keyVariables = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  compatible: 'FERMATA_MODEL_KEY',
} as const;

function connect(choice: ModelChoice, settings: ModelSettings): ConnectedModel {
  const id = `${choice.provider}:${choice.model}`;
  const prices = parsePrices(settings.prices ?? '');
  return {
    id,
    keyVariable: keyVariables[choice.provider],
    language: languageModel(choice, settings),
    price: prices.get(id) ?? prices.get(choice.model),
    timeoutMs: settings.timeoutMs,
    promptOnly: false,
  };
}

function languageModel({ provider, model, url }: ModelChoice, settings: ModelSettings): LanguageModel {
  const key = settings.keys[provider];
  if (key === undefined && provider !== 'compatible') {
    throw new ConfigError(
      `${keyVariables[provider]}: set it to a key that may use '${model}', or FERMATA_MODEL to local`,
    );
  }
  const address = url === undefined ? {} : { baseURL: url };
  const apiKey = key === undefined ? {} : { apiKey: key };
  switch (provider) {
    case 'openai':
      return createOpenAI({ ...apiKey, ...address }).chat(model);
    case 'anthropic':
      return createAnthropic({ ...apiKey, ...address })(model);
    case 'compatible':
      return createOpenAICompatible({
        name: 'compatible',
        baseURL: url ?? '',
        supportsStructuredOutputs: true,
        ...apiKey,
      })(model);
  }
}
