/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';
import type { ModelActivities } from '../../src/activities/models.ts';
import { agent, type AgentReply, type AgentRequest, type AgentResult } from '../../src/workflows/patterns/agent.ts';

declare const chat: (request: AgentRequest) => Promise<AgentReply>;
const query = z.object({ query: z.string() });
const options = { instructions: 'Help.', maxTurns: 3 };

describe('an agent', () => {
  it('talks through the activity chatTurn', () => {
    expectTypeOf<ModelActivities['chatTurn']>().toExtend<typeof chat>();
  });

  it('ends done, exhausted or over its budget, and answers only when it is done', () => {
    expectTypeOf<AgentResult['status']>().toEqualTypeOf<'done' | 'exhausted' | 'overBudget'>();
    expectTypeOf<Extract<AgentResult, { answer: unknown }>['status']>().toEqualTypeOf<'done'>();
  });

  it('needs a bound on its turns', () => {
    // @ts-expect-error how long may it go on?
    const call = () => agent('task', chat, { instructions: 'Help.', tools: {} });
    expectTypeOf(call).toBeFunction();
  });

  it('needs no tools', () => {
    const call = () => agent('task', chat, { ...options, tools: {} });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<AgentResult>();
  });
});

describe('a tool', () => {
  it('gets what its schema gives', () => {
    const call = () =>
      agent('task', chat, {
        ...options,
        tools: {
          search: {
            description: 'finds documents',
            args: query,
            run: async (args) => {
              expectTypeOf(args).toEqualTypeOf<{ query: string }>();
              return args.query.length;
            },
          },
          count: {
            description: 'counts',
            args: z.number(),
            run: async (count) => expectTypeOf(count).toEqualTypeOf<number>(),
          },
        },
      });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<AgentResult>();
  });

  it('cannot want something else than its schema gives', () => {
    const call = () =>
      agent('task', chat, {
        ...options,
        // @ts-expect-error the schema gives an object
        tools: { search: { description: 'finds documents', args: query, run: async (words: string) => words } },
      });
    expectTypeOf(call).toBeFunction();
  });

  it('cannot do without a schema', () => {
    const call = () =>
      // @ts-expect-error what a model writes is checked before anything runs
      agent('task', chat, { ...options, tools: { search: { description: 'finds documents', run: async () => 1 } } });
    expectTypeOf(call).toBeFunction();
  });
});
