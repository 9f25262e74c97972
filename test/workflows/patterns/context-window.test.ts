import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createModelActivities } from '../../../src/activities/models.ts';
import { openProviderModels } from '../../../src/services/models/provider.ts';
import { leftOpen } from '../../support/history.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';
import type { Collected } from './context-window.workflows.ts';

let server: ModelServer;
let harness: PatternHarness;

beforeAll(async () => {
  server = await startModelServer();
  const models = openProviderModels({
    model: 'compatible:small',
    url: server.url,
    keys: {},
    timeoutMs: 20_000,
    cacheMs: 0,
  });
  harness = await startPatternHarness(
    new URL('./context-window.workflows.ts', import.meta.url),
    createModelActivities({ models }),
  );
});
afterAll(async () => {
  await harness.stop();
  await server.stop();
});

/** A text of about so many tokens that begins with its name. */
const textOf = (name: string, tokens: number): string => name.padEnd(tokens * 4, '.');
const summary = (text: string) => ({ text: JSON.stringify({ text, confidence: 1 }) });
const begins = (entries: readonly { role: string; text: string }[]) =>
  entries.map(({ role, text }) => `${role} ${text.replace(/\.+$/, '')}`);

describe('contextWindow', () => {
  it('keeps everything word for word while it fits, and asks no model', async () => {
    server.script();
    await harness.run('collect', [100, [textOf('a', 20), textOf('b', 20), textOf('c', 20)]], async (handle) => {
      const { entries } = (await handle.result()) as Collected;
      expect(begins(entries)).toEqual(['note a', 'note b', 'note c']);
    });
    expect(server.requests).toHaveLength(0);
  });

  it('replaces the oldest by a summary when it would overflow, and the newest stay as they are', async () => {
    server.script(summary('a to c'));
    const texts = ['a', 'b', 'c', 'd'].map((name) => textOf(name, 30));
    await harness.run('collect', [100, texts], async (handle) => {
      const { entries, most } = (await handle.result()) as Collected;
      expect(begins(entries)).toEqual(['summary a to c', 'note d']);
      expect(most).toBeLessThanOrEqual(100);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    const asked = JSON.stringify(server.requests[0]?.body.messages);
    expect(asked).toContain('note: a');
    expect(asked).not.toContain('note: d');
  });

  it('summarizes an earlier summary along with what came after it', async () => {
    server.script(summary('first'), summary('second'));
    const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => textOf(name, 30));
    await harness.run('collect', [100, texts], async (handle) => {
      expect(begins(((await handle.result()) as Collected).entries)).toEqual(['summary second', 'note g']);
    });
    expect(JSON.stringify(server.requests[1]?.body.messages)).toContain('summary: first');
  });

  it('never holds more than its bound, even when a summary or a single entry is too long', async () => {
    server.script(() => summary('long '.repeat(500)));
    const texts = [textOf('a', 60), textOf('b', 900), textOf('c', 50), textOf('d', 49)];
    await harness.run('collect', [100, texts], async (handle) => {
      const { most, entries } = (await handle.result()) as Collected;
      expect(most).toBeLessThanOrEqual(100);
      expect(entries[0]?.text).toBe(`${'long '.repeat(20).slice(0, 99)}…`);
    });
  });

  it('leaves a failed summary to the caller and stays as it was', async () => {
    server.script({ status: 400 }, summary('a and b'));
    await harness.run('collect', [100, [textOf('a', 60), textOf('b', 60), textOf('c', 45)]], async (handle) => {
      const { entries, failed } = (await handle.result()) as Collected;
      expect(failed).toBe(1);
      expect(begins(entries)).toEqual(['summary a and b', 'note c']);
    });
    expect(JSON.stringify(server.requests[1]?.body.messages)).not.toContain('note: b');
  });

  it('takes entries in the order of the calls, one after the other', async () => {
    server.script(summary('first'), summary('second'));
    const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => textOf(name, 30));
    await harness.run('collectAtOnce', [100, texts], async (handle) => {
      expect(begins(((await handle.result()) as Collected).entries)).toEqual(['summary second', 'note g']);
    });
    expect(server.requests).toHaveLength(2);
  });

  it('gives each branch a copy of its own', async () => {
    await harness.run('forked', [], async (handle) => {
      expect(await handle.result()).toEqual({
        base: 'question: what next?\n\nbase: on',
        one: 'question: what next?\n\none: left',
        other: 'question: what next?\n\nother: right',
      });
    });
  });

  it('counts tokens as it is told to', async () => {
    await harness.run('counted', [], async (handle) => {
      expect(await handle.result()).toBe(4);
    });
  });

  it('ends a summary that is being made when the run is cancelled', async () => {
    server.script('silence');
    await harness.run('collectAtOnce', [100, [textOf('a', 60), textOf('b', 60)]], async (handle) => {
      while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    expect(server.givenUp()).toBe(1);
  });

  it('refuses a bound that nothing fits into', async () => {
    await harness.run('collect', [9, []], async (handle) => {
      expect(await failureOf(handle.result())).toBe('BadArgument: maxTokens: expected a number of at least 100, got 9');
    });
  });
});
