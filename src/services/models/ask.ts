/** One question to a provider's model, until its answer has the right shape. */
import { APICallError, generateText, NoObjectGeneratedError, Output, type LanguageModel, type ModelMessage } from 'ai';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { invalid } from '../../failures.ts';
import { callFailure, timedOut, type Asked } from './call-failure.ts';
import type { Price } from './settings.ts';
import type { CallOptions, ModelResult, Usage } from './types.ts';
import { addUsage, costOf, nothing } from './usage.ts';

/** A provider's model, ready to be asked. */
export interface ConnectedModel extends Asked {
  readonly language: LanguageModel;
  readonly price: Price | undefined;
  readonly timeoutMs: number;
  /** Set when the server turned out not to know JSON schemas: from then on the prompt alone says the shape. */
  promptOnly: boolean;
}

export interface Question {
  readonly instructions: string;
  readonly prompt: string;
}

/** How often a model may mend an answer of the wrong shape. */
const maxRepairs = 2;

/**
 * Asks, checks the answer, and sends it back with what is wrong about it, at most twice; then `ModelAnswerInvalid`,
 * which is not retried, because every round costs. The time limit holds for all rounds together. The confidence is what
 * the model says of itself.
 */
export async function ask<T extends { readonly confidence: number }>(
  model: ConnectedModel,
  question: Question,
  schema: z.ZodType<T>,
  options: CallOptions = {},
): Promise<ModelResult<T>> {
  return withFailures(model, options, async (abortSignal) => {
    const shape = JSON.stringify(z.toJSONSchema(schema));
    const system = `${question.instructions}\n\nAnswer with JSON alone, in the shape of this JSON Schema:\n${shape}`;
    const messages: ModelMessage[] = [{ role: 'user', content: question.prompt }];
    let usage = nothing;
    for (let repairs = 0; ; repairs += 1) {
      const answer = await generate(model, { system, messages, abortSignal }, schema);
      usage = addUsage(usage, answer.usage);
      const spent = { usage, cost: costOf(usage, model.price) };
      const checked = parse(answer.text, schema);
      if (checked.success) {
        const { confidence } = checked.data;
        return { value: checked.data, confidence, ...spent, model: model.id, cached: false };
      }
      if (repairs === maxRepairs) throw wrongAnswer(model, checked.problem, spent);
      messages.push(
        { role: 'assistant', content: answer.text === '' ? '(nothing)' : answer.text },
        { role: 'user', content: `That does not fit: ${checked.problem}\nAnswer again, with JSON alone.` },
      );
    }
  });
}

/** Runs requests under the time limit and the caller's signal; their errors leave as failures of a category. */
export async function withFailures<T>(
  model: ConnectedModel,
  options: CallOptions,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(model.timeoutMs);
  try {
    return await request(options.signal ? AbortSignal.any([options.signal, limit]) : limit);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ApplicationFailure) throw error;
    throw limit.aborted ? timedOut(model) : callFailure(error, model);
  }
}

/** The tokens of one request, as the provider counted them. */
export function usageOf(
  counted: { inputTokens: number | undefined; outputTokens: number | undefined } | undefined,
): Usage {
  return { inputTokens: counted?.inputTokens ?? 0, outputTokens: counted?.outputTokens ?? 0, calls: 1 };
}

interface Prompt {
  readonly system: string;
  readonly messages: ModelMessage[];
  readonly abortSignal: AbortSignal;
}

async function generate(
  model: ConnectedModel,
  prompt: Prompt,
  schema: z.ZodType,
): Promise<{ text: string; usage: Usage }> {
  // Temporal retries, so the SDK does not.
  const base = { model: model.language, maxRetries: 0, ...prompt };
  try {
    const { text, usage } = await (model.promptOnly
      ? generateText(base)
      : generateText({ ...base, output: Output.object({ schema }) }));
    return { text, usage: usageOf(usage) };
  } catch (error) {
    if (NoObjectGeneratedError.isInstance(error)) return { text: error.text ?? '', usage: usageOf(error.usage) };
    if (model.promptOnly || !refusesSchemas(error)) throw error;
    model.promptOnly = true;
    return generate(model, prompt, schema);
  }
}

/** Some OpenAI-style servers know no `response_format`, or not the one with a schema. */
function refusesSchemas(error: unknown): boolean {
  if (!APICallError.isInstance(error) || (error.statusCode !== 400 && error.statusCode !== 422)) return false;
  return /response_format|json_schema|structured/i.test(`${error.message} ${error.responseBody ?? ''}`);
}

type Checked<T> = { readonly success: true; readonly data: T } | { readonly success: false; readonly problem: string };

function parse<T>(text: string, schema: z.ZodType<T>): Checked<T> {
  const bare = text.trim().replace(/^```(?:json)?\s*|\s*```$/g, '');
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch {
    return { success: false, problem: `it is not JSON: ${bare.slice(0, 80)}` };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed;
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  return { success: false, problem: problems.slice(0, 5).join('; ') };
}

function wrongAnswer(
  model: ConnectedModel,
  problem: string,
  spent: Pick<ModelResult<unknown>, 'usage' | 'cost'>,
): Error {
  const message = `the model '${model.id}' gave no usable answer: ${problem.slice(0, 300)}`;
  return invalid('ModelAnswerInvalid', message, { model: model.id, ...spent });
}
