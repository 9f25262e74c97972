import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createModelActivities } from '../../../src/activities/models.ts';
import { openProviderModels } from '../../../src/services/models/provider.ts';
import { leftOpen } from '../../support/history.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import type { Library } from './agent.workflows.ts';

let server: ModelServer;
let harness: PatternHarness;
let calls: string[] = [];

const library: Library = {
  async search(query) {
    calls.push(`search ${query}`);
    return ['Notes on the Engine'];
  },
  async price(title, copies) {
    calls.push(`price ${title} ${String(copies)}`);
    return '24.00 EUR';
  },
  async everything() {
    return 'x'.repeat(50_000);
  },
  async broken() {
    calls.push('broken');
    throw new Error('the shelf fell down');
  },
  async slow() {
    const signal = cancellationSignal();
    calls.push('slow');
    await setTimeout(20_000, undefined, { signal }).catch(() => {
      throw signal.reason as Error;
    });
    return 'too late';
  },
};

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
  harness = await startPatternHarness(new URL('./agent.workflows.ts', import.meta.url), {
    ...createModelActivities({ models }),
    ...library,
  });
});
afterAll(async () => {
  await harness.stop();
  await server.stop();
});
beforeEach(() => {
  calls = [];
});

const search = { id: '1', name: 'search', args: { query: 'engine' } };
const price = { id: '2', name: 'price', args: { title: 'Notes', copies: 2 } };
/** What the model was shown as the answers of its tools in the last request. */
const shown = (): string[] =>
  (server.requests.at(-1)?.body.messages ?? [])
    .filter((message) => message.role === 'tool')
    .map((message) => String(message.content));
const spent = (turns: number) => ({
  usage: { inputTokens: 100 * turns, outputTokens: 20 * turns, calls: turns },
  cost: { microUsd: 1200 * turns },
  unpricedCalls: 0,
});

describe('agent', () => {
  it('answers at once when it needs no tool', async () => {
    server.script({ text: 'Ada.' });
    await harness.run('librarian', ['Who?'], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'done', answer: 'Ada.', turns: 1, spent: spent(1) });
    });
    const { messages, tools } = server.requests[0]!.body;
    expect(messages).toEqual([
      { role: 'system', content: 'You are a librarian.' },
      { role: 'user', content: 'Who?' },
    ]);
    expect(tools).toHaveLength(5);
    expect(JSON.stringify(tools?.[0])).toContain('"properties":{"query":{"type":"string"}}');
  });

  it('runs the tools that the model asks for and shows it what they gave, in the order of its calls', async () => {
    server.script({ tools: [search, price], text: 'Let me look.' }, { text: '24 euros.' });
    await harness.run('librarian', ['How much?'], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'done', answer: '24 euros.', turns: 2, spent: spent(2) });
      const names = (await handle.fetchHistory()).events?.flatMap(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
      );
      expect(names).toEqual(['chatTurn', 'search', 'price', 'chatTurn']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    expect([...calls].sort()).toEqual(['price Notes 2', 'search engine']);
    expect(shown()).toEqual(['["Notes on the Engine"]', '24.00 EUR']);
    expect(server.requests[1]?.body.messages.map((message) => message.role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
    ]);
  });

  it('tells the model about a tool that does not exist and arguments that do not fit, and runs neither', async () => {
    server.script(
      {
        tools: [
          { id: '1', name: 'deleteAllBooks', args: {} },
          { id: '2', name: 'constructor', args: {} },
          { id: '3', name: 'price', args: { title: 'Notes', copies: -1 } },
          { id: '4', name: 'search', args: '{"query": ' },
          { id: '5', name: 'search', args: { query: 'engine' } },
        ],
      },
      { text: 'Sorry.' },
    );
    await harness.run('librarian', ['Clean up.'], async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', answer: 'Sorry.', turns: 2 });
    });
    expect(calls).toEqual(['search engine']);
    expect(shown()).toEqual([
      "There is no tool 'deleteAllBooks'. There are: search, price, everything, broken, slow.",
      "There is no tool 'constructor'. There are: search, price, everything, broken, slow.",
      expect.stringMatching(/^The arguments do not fit: .*copies/s),
      expect.stringMatching(/^The arguments do not fit: /),
      '["Notes on the Engine"]',
    ]);
  });

  it('tells the model when a tool has failed, after its retries, and goes on', async () => {
    server.script(
      {
        tools: [{ id: '0', name: 'broken', args: {} }, search],
      },
      { text: 'Partly.' },
    );
    await harness.run('librarian', ['Try.'], async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', answer: 'Partly.' });
    });
    expect(calls.filter((each) => each === 'broken')).toHaveLength(2);
    expect(shown()).toEqual(['The tool failed: the shelf fell down', '["Notes on the Engine"]']);
  });

  it('cuts what a tool gives too much of', async () => {
    server.script({ tools: [{ id: '1', name: 'everything', args: {} }] }, { text: 'Many.' });
    await harness.run('librarian', ['What is there?'], async (handle) => {
      await handle.result();
    });
    expect(shown()[0]).toHaveLength(10_000 + '… (cut)'.length);
  });

  it('ends without an answer when its turns are used up, with the last that was said', async () => {
    server.script(() => ({ tools: [search], text: 'Once more.' }));
    await harness.run('librarian', ['Never ends.', 3], async (handle) => {
      expect(await handle.result()).toEqual({ status: 'exhausted', last: 'Once more.', turns: 3, spent: spent(3) });
    });
    expect(server.requests).toHaveLength(3);
  });

  it('takes the cheaper model from 80 % of its budget on, and stops when it is spent', async () => {
    server.script(() => ({ tools: [search], text: 'Hm.' }));
    await harness.run('thriftyLibrarian', ['Look.', { calls: 5 }, 2], async (handle) => {
      expect(await handle.result()).toMatchObject({
        status: 'overBudget',
        last: 'Hm.',
        turns: 3,
        spent: { usage: { calls: 3 } },
        whole: { usage: { calls: 5 } },
      });
    });
    expect(server.requests.map((request) => request.body.model)).toEqual(['large', 'large', 'small']);
  });

  it('asks nothing when there is no budget left', async () => {
    server.script();
    await harness.run('thriftyLibrarian', ['Look.', { calls: 1 }, 1], async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'overBudget', last: '', turns: 0 });
    });
    expect(server.requests).toHaveLength(0);
  });

  it('tries a turn again after a rate limit, without paying an earlier turn twice', async () => {
    server.script(
      { tools: [search] },
      { status: 429, headers: { 'retry-after': '3600' }, message: 'slow down' },
      { text: 'Found.' },
    );
    await harness.run('librarian', ['Find.'], async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', answer: 'Found.', spent: spent(2) });
      const { executionTime, closeTime } = await times(handle);
      expect(closeTime - executionTime).toBeGreaterThanOrEqual(3_600_000);
    });
    expect(calls).toEqual(['search engine']);
    expect(server.requests).toHaveLength(3);
  });

  it('fails when the model fails for good', async () => {
    server.script({ status: 401 });
    await harness.run('librarian', ['Find.'], async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/^ModelKeyRefused: .*set FERMATA_MODEL_KEY/);
    });
  });

  it('ends as cancelled in the middle of a tool, which is asked to stop', async () => {
    server.script({ tools: [{ id: '1', name: 'slow', args: {} }] });
    await harness.run('librarian', ['Wait.'], async (handle) => {
      while (calls.length === 0) await setTimeout(20);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a number of turns that allows none', async () => {
    await harness.run('librarian', ['Find.', 0], async (handle) => {
      expect(await failureOf(handle.result())).toBe(
        'BadArgument: maxTurns: expected a whole number of at least 1, got 0',
      );
    });
  });
});

/** Start and close of a run in the server's time, in milliseconds. */
async function times(handle: { describe(): Promise<{ startTime: Date; closeTime?: Date }> }) {
  const { startTime, closeTime } = await handle.describe();
  return { executionTime: startTime.getTime(), closeTime: closeTime?.getTime() ?? 0 };
}
