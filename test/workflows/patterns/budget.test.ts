import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createModelActivities } from '../../../src/activities/models.ts';
import { openProviderModels } from '../../../src/services/models/provider.ts';
import { leftOpen } from '../../support/history.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';

let server: ModelServer;
let harness: PatternHarness;

beforeAll(async () => {
  server = await startModelServer();
  const models = openProviderModels({
    model: 'compatible:large',
    economyModel: 'compatible:small',
    url: server.url,
    keys: {},
    prices: 'large=10/10,small=1/1',
    timeoutMs: 20_000,
    cacheMs: 0,
  });
  harness = await startPatternHarness(
    new URL('./budget.workflows.ts', import.meta.url),
    createModelActivities({ models }),
  );
});
afterAll(async () => {
  await harness.stop();
  await server.stop();
});

const refund = { text: '{"label":"refund","confidence":0.9}', tokens: [80, 20] } as const;
const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('budget', () => {
  it('asks for the cheaper model from 80 % on and for none at 100 %', async () => {
    server.script(() => refund);
    await harness.run('classifyWithin', [{ tokens: 500 }, texts], async (handle) => {
      expect(await handle.result()).toEqual({
        states: ['ok', 'ok', 'ok', 'ok', 'economize', 'exhausted'],
        models: [...Array.from({ length: 4 }, () => 'compatible:large'), 'compatible:small'],
        spent: {
          usage: { inputTokens: 400, outputTokens: 100, calls: 5 },
          cost: { microUsd: 4 * 1000 + 100 },
          unpricedCalls: 0,
        },
        left: { tokens: 0 },
      });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    expect(server.requests).toHaveLength(5);
  });

  it('holds every limit that is given: the first to be reached counts', async () => {
    server.script(() => refund);
    await harness.run('classifyWithin', [{ usd: 0.002, tokens: 10_000, calls: 10 }, texts], async (handle) => {
      expect(await handle.result()).toMatchObject({
        states: ['ok', 'ok', 'exhausted'],
        left: { usd: 0, tokens: 9800, calls: 8 },
      });
    });
    await harness.run('classifyWithin', [{ usd: 1, calls: 3 }, texts], async (handle) => {
      expect(await handle.result()).toMatchObject({ states: ['ok', 'ok', 'ok', 'exhausted'] });
    });
  });

  it('counts the calls that repaired an answer', async () => {
    server.script({ text: 'no', tokens: [80, 20] }, refund);
    await harness.run('classifyWithin', [{ calls: 2 }, texts], async (handle) => {
      expect(await handle.result()).toMatchObject({ states: ['ok', 'exhausted'], spent: { usage: { calls: 2 } } });
    });
  });

  it('gives each branch its slice, and charges what they spend to the whole', async () => {
    server.script(() => refund);
    await harness.run('classifyInSlices', [{ tokens: 240 }, [0.5, 0.25]], async (handle) => {
      expect(await handle.result()).toMatchObject({
        one: { state: 'economize', left: { tokens: 20 }, spent: { usage: { calls: 1 } } },
        other: { state: 'exhausted', left: { tokens: 0 }, spent: { usage: { calls: 1 } } },
        whole: { state: 'economize', left: { tokens: 40 }, spent: { usage: { calls: 2 }, cost: { microUsd: 2000 } } },
      });
    });
  });

  it('ends a slice with the whole, even when the slice has something left', async () => {
    server.script(() => refund);
    await harness.run('classifyInSlices', [{ tokens: 200 }, [1, 1]], async (handle) => {
      expect(await handle.result()).toMatchObject({
        one: { state: 'exhausted', left: { tokens: 0 }, spent: { usage: { inputTokens: 80 } } },
        whole: { state: 'exhausted' },
      });
    });
  });

  it('takes the account of a child as a whole, with the calls that have no known price', async () => {
    await harness.run('chargeOfChild', [], async (handle) => {
      expect(await handle.result()).toEqual({
        spent: {
          usage: { inputTokens: 101, outputTokens: 51, calls: 3 },
          cost: { microUsd: 250_000 },
          unpricedCalls: 1,
        },
        left: { usd: 0.75, tokens: 848, calls: 7 },
        nested: { usd: 0.375, tokens: 424, calls: 3 },
      });
    });
  });

  it.each([
    [{ usd: 0 }, 'exhausted'],
    [{ usd: 0.01, tokens: 0 }, 'exhausted'],
    [{ calls: 1 }, 'ok'],
  ])('knows where %j stands before anything is spent: %s', async (limits, state) => {
    await harness.run('look', [limits], async (handle) => {
      expect(await handle.result()).toBe(state);
    });
  });

  it.each([
    [[{ calls: 1 }, 1], 'ok'],
    [[{ calls: 9 }, 0.1], 'exhausted'],
  ])('gives a slice of %j what is left, rounded down: %s', async (args, state) => {
    expect(await harness.run('look', args, (handle) => handle.result() as Promise<unknown>)).toBe(state);
  });

  it.each([
    [[{}], 'BadArgument: budget: expected a limit for usd, tokens or calls, got none'],
    [[{ usd: -1 }], 'BadArgument: budget: expected usd to be a number of at least 0, got -1'],
    [[{ tokens: 'many' }], 'BadArgument: budget: expected tokens to be a number of at least 0, got many'],
    [[{ calls: 5 }, 1.5], 'BadArgument: slice: expected a share above 0 and up to 1, got 1.5'],
    [[{ calls: 5 }, 0], 'BadArgument: slice: expected a share above 0 and up to 1, got 0'],
  ])('refuses %j', async (args, message) => {
    await harness.run('look', args, async (handle) => {
      expect(await failureOf(handle.result())).toBe(message);
    });
  });
});
