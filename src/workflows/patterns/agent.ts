import { rootOf } from '../../failures.ts';
import { badArgument } from './bad-argument.ts';
import { budget, type Budget, type Charge, type Spent } from './budget.ts';
import { parallel } from './parallel.ts';
import { track } from './run-state.ts';

/** A call that the model asks for; `args` is what it wrote, unchecked. */
interface AgentToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

type AgentMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly AgentToolCall[] }
  | { readonly role: 'tool'; readonly id: string; readonly name: string; readonly text: string };

/** What the model is asked for one turn. */
export interface AgentRequest {
  readonly instructions: string;
  readonly messages: readonly AgentMessage[];
  readonly tools: readonly {
    readonly name: string;
    readonly description: string;
    readonly parameters?: Readonly<Record<string, unknown>>;
  }[];
  /** Set when the budget runs low: take the cheaper model. */
  readonly economize: boolean;
}

/** What the model answers: calls of tools, or without any its last word. */
export interface AgentReply extends Charge {
  readonly value: { readonly text: string; readonly toolCalls: readonly AgentToolCall[] };
}

/** Anything with zod's `safeParse`. */
interface ArgsSchema<A> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: A } | { readonly success: false; readonly error: Error };
}

/** One entry of the fixed table of tools. */
interface AgentTool<A> {
  /** Tells the model what the tool does and when to take it. */
  readonly description: string;
  /** JSON Schema of the arguments, for the model. @default any object */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Checks the arguments before the tool runs. */
  readonly args: ArgsSchema<A>;
  /** Does the work through an activity; what it returns goes to the model as text or JSON. */
  readonly run: (args: A) => Promise<unknown>;
}

export interface AgentOptions<T extends Readonly<Record<string, unknown>>> {
  /** Who the agent is and how it works. */
  readonly instructions: string;
  /** The only tools that can run, by name. */
  readonly tools: { readonly [K in keyof T]: AgentTool<T[K]> };
  /** Requests to the model, at least 1. */
  readonly maxTurns: number;
  /** Charged with every turn. @default none */
  readonly budget?: Budget;
}

/** `exhausted`: no last word within the turns; `overBudget`: the budget ended first. `last`: the model's last text. */
export type AgentResult =
  | { readonly status: 'done'; readonly answer: string; readonly turns: number; readonly spent: Spent }
  | { readonly status: 'exhausted'; readonly last: string; readonly turns: number; readonly spent: Spent }
  | { readonly status: 'overBudget'; readonly last: string; readonly turns: number; readonly spent: Spent };

/** A tool's answer is cut here, so that a conversation stays far below the limit of a payload. */
const maxToolCharacters = 10_000;

/**
 * Lets a model work on a task in turns: it asks for tools, reads what they gave, and answers in the end. `chat` and the
 * tools are activities, so that every turn survives a crash and none is paid twice.
 *
 * The tools that a turn asks for run at the same time. A tool that does not exist, arguments of the wrong shape and a
 * tool's failure go back to the model as text, and the agent goes on; nothing but the table's tools ever runs. A
 * failure of `chat` itself is the agent's failure. Cancelling ends the turn that is going on with `CancelledFailure`;
 * its tools are asked to cancel. On replay the same turns follow from the history. It has no time limit of its own.
 */
export async function agent<T extends Readonly<Record<string, unknown>>>(
  task: string,
  chat: (request: AgentRequest) => Promise<AgentReply>,
  options: AgentOptions<T>,
): Promise<AgentResult> {
  const { maxTurns, instructions } = options;
  if (!(Number.isInteger(maxTurns) && maxTurns >= 1)) {
    throw badArgument(`maxTurns: expected a whole number of at least 1, got ${String(maxTurns)}`);
  }
  // A slice without limits of its own counts what this agent alone has spent.
  const own = options.budget?.slice({}) ?? budget({ calls: Infinity });
  const tools = options.tools as Table;
  const specs = Object.entries(tools).map(([name, { description, parameters }]) => {
    return { name, description, ...(parameters === undefined ? {} : { parameters }) };
  });
  const messages: AgentMessage[] = [{ role: 'user', text: task }];
  let last = '';
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const state = own.check();
    if (state === 'exhausted') return { status: 'overBudget', last, turns: turn, spent: own.spent() };
    const request = { instructions, messages: [...messages], tools: specs, economize: state === 'economize' };
    const { value } = own.charge(await track('turn', `turn ${turn + 1}`, () => chat(request)));
    if (value.toolCalls.length === 0) {
      return { status: 'done', answer: value.text, turns: turn + 1, spent: own.spent() };
    }
    last = value.text;
    messages.push({ role: 'assistant', text: value.text, toolCalls: value.toolCalls });
    messages.push(...(await runTools(tools, value.toolCalls)));
  }
  return { status: 'exhausted', last, turns: maxTurns, spent: own.spent() };
}

type Table = Readonly<Record<string, AgentTool<unknown>>>;

/** The answers in the order of the calls. */
async function runTools(tools: Table, calls: readonly AgentToolCall[]): Promise<AgentMessage[]> {
  // Numbered, because a model may use an id twice.
  const named = calls.map((call, index) => [`${index + 1} ${call.name}`, call] as const);
  const branches = Object.fromEntries(named.map(([name, call]) => [name, () => runTool(tools, call)]));
  const outcomes = await parallel(branches, { join: 'settled' });
  return named.map(([branch, { id, name }]) => {
    const outcome = outcomes[branch];
    const text = outcome?.status === 'fulfilled' ? outcome.value : `The tool failed: ${reasonOf(outcome)}`;
    return { role: 'tool', id, name, text: short(text) };
  });
}

async function runTool(tools: Table, { name, args }: AgentToolCall): Promise<string> {
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (!tool) return `There is no tool '${name}'. There are: ${Object.keys(tools).join(', ')}.`;
  const parsed = tool.args.safeParse(args);
  if (!parsed.success) return `The arguments do not fit: ${parsed.error.message}`;
  const answer = await tool.run(parsed.data);
  if (answer === undefined) return 'done';
  return typeof answer === 'string' ? answer : JSON.stringify(answer);
}

function reasonOf(outcome: { readonly status: string; readonly error?: unknown } | undefined): string {
  const root = rootOf(outcome?.error);
  return root instanceof Error ? root.message : String(root);
}

function short(text: string): string {
  return text.length <= maxToolCharacters ? text : `${text.slice(0, maxToolCharacters)}… (cut)`;
}
