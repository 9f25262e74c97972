import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { categoryOf } from '../../../src/failures.ts';
import { openProviderModels } from '../../../src/services/models/provider.ts';
import type { ModelSettings } from '../../../src/services/models/settings.ts';
import type { Models } from '../../../src/services/models/types.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';

let server: ModelServer;

beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.stop());

const labels = ['refund', 'delivery'];
const right = JSON.stringify({ label: 'refund', confidence: 0.9 });
const intent = { task: 'intent', text: 'I want my money back', labels };

function settings(changes: Partial<ModelSettings> = {}): ModelSettings {
  return { model: 'compatible:small', url: server.url, keys: {}, timeoutMs: 20_000, cacheMs: 0, ...changes };
}

const open = (changes: Partial<ModelSettings> = {}): Models => openProviderModels(settings(changes));

async function failed(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`expected a failure, got ${String(error)}`);
}

describe('a request that fails', () => {
  const cases = [
    {
      reply: { status: 429, headers: { 'retry-after': '7' } },
      type: 'ModelRateLimited',
      category: 'resource',
      delay: 7000,
    },
    { reply: { status: 429 }, type: 'ModelRateLimited', category: 'resource', delay: 30_000 },
    { reply: { status: 500 }, type: 'ModelOutOfOrder', category: 'dependency' },
    { reply: { status: 529 }, type: 'ModelOutOfOrder', category: 'dependency' },
    { reply: { status: 401 }, type: 'ModelKeyRefused', category: 'validation' },
    { reply: { status: 404 }, type: 'ModelUnknown', category: 'validation' },
    { reply: { status: 400 }, type: 'ModelRequestRefused', category: 'validation' },
    { reply: 'hangUp', type: 'ModelUnreachable', category: 'dependency' },
    { reply: 'nonsense', type: 'ModelOutOfOrder', category: 'dependency' },
  ] as const;

  it.each(cases)('says what to do: $type after $reply', async ({ reply, type, category, ...rest }) => {
    server.script(reply);
    const error = await failed(open().classify(intent));
    expect({ type: error.type, category: categoryOf(error) }).toEqual({ type, category });
    expect(error.nonRetryable).toBe(category === 'validation');
    expect(server.requests).toHaveLength(1);
    if ('delay' in rest) expect(error.nextRetryDelay).toBe(rest.delay);
  });

  it('waits until the date that a rate limit names', async () => {
    server.script({ status: 429, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
    const error = await failed(open().classify(intent));
    expect(Number(error.nextRetryDelay)).toBeGreaterThan(50_000);
    expect(Number(error.nextRetryDelay)).toBeLessThanOrEqual(60_000);
  });

  it('names the variable to set when the key is refused, and not the key', async () => {
    server.script({ status: 401, message: 'bad key sk-secret' });
    const error = await failed(open({ model: 'openai:gpt', keys: { openai: 'sk-secret' } }).classify(intent));
    expect(error.message).toBe("the key for 'openai:gpt' was refused: set OPENAI_API_KEY to one that may use it");
  });

  it('ends at the time limit as transient', async () => {
    server.script('silence');
    const error = await failed(open({ timeoutMs: 50 }).classify(intent));
    expect({ type: error.type, category: categoryOf(error) }).toEqual({ type: 'ModelTimedOut', category: 'transient' });
  });

  it('ends with the reason of the caller who gives up, and leaves no request open', async () => {
    server.script('silence');
    const giveUp = new AbortController();
    const running = open().classify(intent, { signal: giveUp.signal });
    const reason = new Error('no longer wanted');
    while (server.requests.length === 0) await new Promise(setImmediate);
    giveUp.abort(reason);
    await expect(running).rejects.toBe(reason);
    while (server.givenUp() === 0) await new Promise(setImmediate);
  });

  it('is not sent at all when there is nothing to choose from', async () => {
    server.script();
    expect((await failed(open().classify({ ...intent, labels: ['refund', 'refund'] }))).type).toBe(
      'ModelRequestInvalid',
    );
    expect((await failed(open().choose({ text: 'x', routes: {} }))).type).toBe('ModelRequestInvalid');
    expect(server.requests).toHaveLength(0);
  });
});

describe('the settings of a provider', () => {
  it.each([
    [{ model: 'gpt-4' }, /^FERMATA_MODEL: expected local, openai:<model>/],
    [{ model: 'compatible:llama', url: undefined }, /write compatible:llama@<url> or set FERMATA_MODEL_URL$/],
    [{ model: 'openai:gpt' }, /^OPENAI_API_KEY: set it/],
    [{ model: 'anthropic:claude' }, /^ANTHROPIC_API_KEY: set it/],
    [{ prices: 'small=cheap' }, /^FERMATA_MODEL_PRICES: expected name=in\/out/],
  ])('that cannot be used are refused with one line: %j', (changes, line) => {
    expect(() => open(changes)).toThrow(line);
  });

  it('may name the address with the model, whose name may hold a colon', async () => {
    server.script({ text: right });
    const answer = await open({
      model: `compatible:llama3:8b@${server.url}`,
      url: undefined,
      prices: 'llama3:8b=1/2',
    }).classify(intent);
    expect(answer).toMatchObject({ model: 'compatible:llama3:8b', cost: { microUsd: 140 } });
  });
});
