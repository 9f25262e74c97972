/**
 * What processes ask of a model, whoever answers: the local models, or a provider by configuration. Requests and
 * results are JSON, so that they pass through activities as they are.
 */

/** What an answer took. `calls` counts requests to a model; a cached answer took nothing. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly calls: number;
}

/** Millionths of a dollar; `null` when the price of the model is not known. Local and cached answers cost 0. */
export interface Cost {
  readonly microUsd: number | null;
}

export interface ModelResult<T> {
  readonly value: T;
  /** How sure the model is, 0 to 1. Low means: let a person do it. */
  readonly confidence: number;
  readonly usage: Usage;
  readonly cost: Cost;
  /** Who answered: `local`, or the provider's name of the model. */
  readonly model: string;
  readonly cached: boolean;
}

/** What every request may say besides its subject. */
interface Request {
  /** Takes the cheaper model, where one is configured. @default false */
  readonly economize?: boolean;
}

export interface ClassifyRequest extends Request {
  /** What is told apart: `intent`, `sentiment`, …; local models are trained for one each. */
  readonly task: string;
  readonly text: string;
  /** The only labels that may come back; at least two. */
  readonly labels: readonly string[];
}

/** Many small texts that share requests; some hundreds, so that the answer comes within the time of one activity. */
export interface ClassifyManyRequest extends Request {
  readonly task: string;
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

export interface Classified {
  readonly label: string;
  /** Probability by label, where the model knows it. */
  readonly scores?: Readonly<Record<string, number>>;
}

/** What sort of thing a field holds; `text` is anything that its description says. */
export type FactKind = 'person' | 'organization' | 'place' | 'date' | 'amount' | 'email' | 'url' | 'number' | 'text';

export interface ExtractRequest extends Request {
  readonly text: string;
  /** What to look for, by name. */
  readonly fields: Readonly<Record<string, { readonly kind: FactKind; readonly description?: string }>>;
}

/** What was found for each field, in order of the text; an empty list means: not there. Dates are ISO where exact. */
type Facts = Readonly<Record<string, readonly string[]>>;

export interface SummarizeRequest extends Request {
  readonly text: string;
  /** Upper bound of the summary's length. */
  readonly maxWords: number;
  /** What the reader cares about. */
  readonly focus?: string;
}

export interface DraftRequest extends Request {
  /** What the text is for: `reply to a customer`, `report on a company`. */
  readonly purpose: string;
  /** The only facts that the text may state, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** Headings or points, in order. */
  readonly outline?: readonly string[];
  /** A text with `{{fact}}` in it, for models that cannot write on their own. */
  readonly template?: string;
  readonly maxWords?: number;
  readonly tone?: string;
}

export interface ScoreRequest extends Request {
  readonly text: string;
  /** What is judged: name of the criterion, and what a full mark means. */
  readonly criteria: Readonly<Record<string, string>>;
}

/** Marks from 0 to 1. */
interface Scored {
  readonly score: number;
  readonly criteria: Readonly<Record<string, number>>;
  /** What to do better, in words for whoever revises the text. */
  readonly remarks: readonly string[];
}

export interface ChooseRequest extends Request {
  readonly text: string;
  /** The only routes that may come back: name, and when it is the right one. */
  readonly routes: Readonly<Record<string, string>>;
}

interface Chosen {
  readonly route: string;
  readonly reason?: string;
}

/** A tool that a model may ask for. */
interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. @default any object */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A call that the model asks for; `args` is what it wrote, unchecked. */
interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

export type ChatMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly id: string; readonly name: string; readonly text: string };

export interface ChatRequest extends Request {
  readonly instructions: string;
  readonly messages: readonly ChatMessage[];
  /** @default none */
  readonly tools?: readonly ToolSpec[];
}

/** One turn: an answer, or calls of tools whose results the next turn needs. */
export interface ChatReply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
}

export interface CallOptions {
  /** Ends the call; the promise rejects. */
  readonly signal?: AbortSignal;
}

/**
 * The models of a worker. A model that cannot do a task fails with `ModelCannot` (category `validation`), so that the
 * process takes the person's way; an answer that stays wrong after repairs fails with `ModelAnswerInvalid`.
 */
export interface Models {
  classify(request: ClassifyRequest, options?: CallOptions): Promise<ModelResult<Classified>>;
  /** The answers are in order of the texts, each with its own confidence; the result's is the lowest of them. */
  classifyMany(
    request: ClassifyManyRequest,
    options?: CallOptions,
  ): Promise<ModelResult<readonly (Classified & { readonly confidence: number })[]>>;
  extract(request: ExtractRequest, options?: CallOptions): Promise<ModelResult<Facts>>;
  summarize(request: SummarizeRequest, options?: CallOptions): Promise<ModelResult<string>>;
  draft(request: DraftRequest, options?: CallOptions): Promise<ModelResult<string>>;
  score(request: ScoreRequest, options?: CallOptions): Promise<ModelResult<Scored>>;
  choose(request: ChooseRequest, options?: CallOptions): Promise<ModelResult<Chosen>>;
  chat(request: ChatRequest, options?: CallOptions): Promise<ModelResult<ChatReply>>;
}
