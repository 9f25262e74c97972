/** Small workflows over the patterns around models, for the fault explorer. */
import { isCancellation, proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import { agent, type AgentReply, type AgentRequest, type AgentResult } from '../../src/workflows/patterns/agent.ts';
import { budget, type Charge, type Spent } from '../../src/workflows/patterns/budget.ts';
import { contextWindow, type ContextEntry } from '../../src/workflows/patterns/context-window.ts';
import { key } from '../../src/workflows/patterns/stage.ts';
import { book, options } from './book.ts';

export interface Asked {
  /** Books under the key and takes one call. */
  ask(key: string): Promise<Charge>;
  /** Books under the key; gives the first letters of the text. */
  summarize(key: string, text: string): Promise<string>;
  /** Asks for the tool first, and then tells what it gave. */
  chat(request: AgentRequest): Promise<AgentReply>;
}

const models = proxyActivities<Asked>(options);

/** As many calls as a budget of two has, of four that are wanted; a call that fails is left out. */
export async function charged(): Promise<{ readonly asked: number; readonly spent: Spent }> {
  const spend = budget({ calls: 2 });
  let asked = 0;
  for (let question = 1; question <= 4 && spend.check() !== 'exhausted'; question += 1) {
    try {
      spend.charge(await models.ask(key(`question ${String(question)}`)));
      asked += 1;
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }
  return { asked, spent: spend.spent() };
}

export interface Gathered {
  readonly entries: readonly ContextEntry[];
  readonly tokens: number;
  readonly refused: readonly string[];
}

/** Three entries, of which two fill the window; one that cannot be taken in is left out. */
export async function gathered(): Promise<Gathered> {
  let summary = 0;
  const context = contextWindow({
    maxTokens: 100,
    summarize: (text) => models.summarize(key(`summary ${String((summary += 1))}`), text),
  });
  const refused: string[] = [];
  for (const role of ['a', 'b', 'c']) {
    try {
      await context.add(role, role.repeat(180));
    } catch (error) {
      if (isCancellation(error)) throw error;
      refused.push(role);
    }
  }
  return { entries: context.entries(), tokens: context.tokens(), refused };
}

/** Two turns with one call of a tool in between. */
export async function assisted(): Promise<AgentResult> {
  return agent('book a', models.chat, {
    instructions: 'You book what you are asked for.',
    tools: { book: { description: 'books', args: z.object({ name: z.string() }), run: ({ name }) => book(name) } },
    maxTurns: 3,
  });
}
