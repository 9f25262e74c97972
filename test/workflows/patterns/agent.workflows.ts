import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import type { ModelActivities } from '../../../src/activities/models.ts';
import { agent, type AgentResult } from '../../../src/workflows/patterns/agent.ts';
import { budget, type Limits, type Spent } from '../../../src/workflows/patterns/budget.ts';

/** What the tools stand on. */
export interface Library {
  search(query: string): Promise<readonly string[]>;
  price(title: string, copies: number): Promise<string>;
  everything(): Promise<string>;
  broken(): Promise<string>;
  slow(): Promise<string>;
}

const options = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 2 },
} as const;
const models = proxyActivities<ModelActivities>(options);
const library = proxyActivities<Library>(options);
const nothing = z.object({});
const query = z.object({ query: z.string() });
const order = z.object({ title: z.string(), copies: z.number().int().positive() });

const tools = {
  search: {
    description: 'finds books by words',
    parameters: z.toJSONSchema(query),
    args: query,
    run: (args: z.infer<typeof query>) => library.search(args.query),
  },
  price: {
    description: 'the price of copies of a book',
    args: order,
    run: ({ title, copies }: z.infer<typeof order>) => library.price(title, copies),
  },
  everything: { description: 'every book there is', args: nothing, run: () => library.everything() },
  broken: { description: 'does not work', args: nothing, run: () => library.broken() },
  slow: { description: 'takes its time', args: nothing, run: () => library.slow() },
};

/** Answers a question about books. */
export async function librarian(question: string, maxTurns = 5): Promise<AgentResult> {
  return agent(question, models.chatTurn, { instructions: 'You are a librarian.', tools, maxTurns });
}

/** The same within a budget, of which something is spent already. */
export async function thriftyLibrarian(
  question: string,
  limits: Limits,
  calls = 0,
): Promise<AgentResult & { readonly whole: Spent }> {
  const spend = budget(limits);
  spend.charge({ usage: { inputTokens: 0, outputTokens: 0, calls }, cost: { microUsd: 0 } });
  const result = await agent(question, models.chatTurn, {
    instructions: 'You are a thrifty librarian.',
    tools,
    maxTurns: 5,
    budget: spend,
  });
  return { ...result, whole: spend.spent() };
}
