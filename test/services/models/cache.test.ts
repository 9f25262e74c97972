import { Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { modelMigrations, type ModelTables } from '../../../src/services/migrations/models.ts';
import { openModels } from '../../../src/services/models/open.ts';
import type { ModelSettings } from '../../../src/services/models/settings.ts';
import type { Models } from '../../../src/services/models/types.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { testDatabase } from '../../support/postgres.ts';

let server: ModelServer;
let database: Awaited<ReturnType<typeof testDatabase>>;
let db: Kysely<ModelTables>;

beforeAll(async () => {
  [server, database] = await Promise.all([startModelServer(), testDatabase()]);
  db = connect();
  const provider = { getMigrations: () => Promise.resolve(modelMigrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  expect(error).toBeUndefined();
});
afterAll(async () => {
  await db.destroy();
  await Promise.all([server.stop(), database.stop()]);
});
beforeEach(() => db.deleteFrom('model_cache').execute());

function connect(connectionString = database.url): Kysely<ModelTables> {
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on('error', () => undefined);
  return new Kysely<ModelTables>({ dialect: new PostgresDialect({ pool }) });
}

const hour = 60 * 60_000;

function open(changes: Partial<ModelSettings> = {}, to = db): Promise<Models> {
  const settings = {
    model: 'compatible:small',
    url: server.url,
    keys: {},
    timeoutMs: 20_000,
    cacheMs: hour,
    ...changes,
  };
  return openModels(
    { prices: 'small=1/1', ...settings },
    { db: to, local: () => Promise.reject(new Error('not local')) },
  );
}

const labels = ['refund', 'delivery'];
const intent = { task: 'intent', text: 'I want my money back', labels };
const refund = { text: '{"label":"refund","confidence":0.9}' };
const delivery = { text: '{"label":"delivery","confidence":0.6}' };

describe('an answer that was given before', () => {
  it('costs nothing, says that it was kept, and asks nobody', async () => {
    const models = await open();
    server.script(refund);
    const first = await models.classify(intent);
    const second = await models.classify({ labels, text: intent.text, task: 'intent' });
    expect(first).toMatchObject({ cached: false, cost: { microUsd: 120 }, usage: { calls: 1 } });
    expect(second).toEqual({
      ...first,
      cached: true,
      cost: { microUsd: 0 },
      usage: { inputTokens: 0, outputTokens: 0, calls: 0 },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('is kept for other workers and after a restart', async () => {
    server.script(refund);
    await (await open()).classify(intent);
    expect((await (await open()).classify(intent)).cached).toBe(true);
  });

  it('is kept for every task, also when it is a bare text', async () => {
    const models = await open();
    server.script({ text: '{"text":"Short.","confidence":1}' }, { text: 'Hello.' });
    const talk = { instructions: 'Greet.', messages: [{ role: 'user', text: 'Hi' }] } as const;
    for (const cached of [false, true]) {
      expect(await models.summarize({ text: 'Long.', maxWords: 5 })).toMatchObject({ value: 'Short.', cached });
      expect(await models.chat(talk)).toMatchObject({ value: { text: 'Hello.', toolCalls: [] }, cached });
    }
    expect(server.requests).toHaveLength(2);
  });

  it('is not taken for another text, another task, another model or the cheaper one', async () => {
    const changes = [
      async () => (await open()).classify({ ...intent, text: 'Where is it?' }),
      async () => (await open()).classify({ ...intent, task: 'mood' }),
      async () => (await open({ model: 'compatible:large' })).classify(intent),
      async () => (await open()).classify({ ...intent, economize: true }),
    ];
    server.script(refund, ...changes.map(() => delivery));
    await (await open()).classify(intent);
    for (const ask of changes) expect(await ask()).toMatchObject({ value: { label: 'delivery' }, cached: false });
  });

  it('is asked for again when its time is over, and the old one is gone', async () => {
    server.script(refund, delivery, refund);
    const models = await open();
    await models.classify(intent);
    await db
      .updateTable('model_cache')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .execute();
    expect(await models.classify(intent)).toMatchObject({ value: { label: 'delivery' }, cached: false });
    await db
      .updateTable('model_cache')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .execute();
    await models.classify({ ...intent, text: 'Other.' });
    expect(await db.selectFrom('model_cache').select('hash').execute()).toHaveLength(1);
  });

  it('is not kept when the settings say so, nor when it was no answer', async () => {
    server.script(refund, delivery, { status: 500 }, refund);
    const models = await open({ cacheMs: 0 });
    await models.classify(intent);
    expect((await models.classify(intent)).value.label).toBe('delivery');
    const keeping = await open();
    await expect(keeping.classify(intent)).rejects.toThrow('out of order');
    expect(await keeping.classify(intent)).toMatchObject({ value: { label: 'refund' }, cached: false });
  });
});

describe('many small texts', () => {
  const batch = (...words: string[]) => ({
    text: JSON.stringify({
      answers: words.map((label, index) => ({ index, label, confidence: 0.8 })),
      confidence: 0.8,
    }),
  });

  it('ask only for those that were never asked, each once, in one request', async () => {
    const models = await open();
    server.script(refund, batch('delivery', 'refund'));
    await models.classify(intent);
    const texts = ['where is it', intent.text, 'money', 'where is it'];
    const answer = await models.classifyMany({ task: 'intent', texts, labels });
    expect(answer.value.map((each) => each.label)).toEqual(['delivery', 'refund', 'refund', 'delivery']);
    expect(answer).toMatchObject({ confidence: 0.8, cached: false, usage: { calls: 1 }, cost: { microUsd: 120 } });
    expect(server.requests).toHaveLength(2);
    expect(await models.classifyMany({ task: 'intent', texts, labels })).toEqual({
      ...answer,
      cached: true,
      usage: { inputTokens: 0, outputTokens: 0, calls: 0 },
      cost: { microUsd: 0 },
    });
    expect((await models.classify({ ...intent, text: 'money' })).cached).toBe(true);
  });

  it('keep what was answered when a later request fails, so that a retry pays for the rest only', async () => {
    const models = await open();
    const texts = Array.from({ length: 25 }, (_, index) => `text ${String(index)}`);
    const answers = (count: number) => batch(...Array.from({ length: count }, () => 'refund'));
    server.script(answers(20), { status: 503 }, answers(5));
    await expect(models.classifyMany({ task: 'intent', texts, labels })).rejects.toThrow('out of order');
    const answer = await models.classifyMany({ task: 'intent', texts, labels });
    expect(answer.value).toHaveLength(25);
    expect(answer.usage.calls).toBe(1);
  });
});

describe('a cache that cannot be reached', () => {
  it('costs money, not answers', async () => {
    const nowhere = connect('postgres://nobody@127.0.0.1:1/nothing');
    server.script(refund, refund);
    const models = await open({}, nowhere);
    for (const cached of [false, false]) {
      expect(await models.classify(intent)).toMatchObject({ value: { label: 'refund' }, cached });
    }
    await nowhere.destroy();
  });
});

describe('without a provider', () => {
  it('the local models answer, and nothing of theirs is kept', async () => {
    const local = {} as Models;
    const settings = { model: 'local', keys: {}, timeoutMs: 1000, cacheMs: hour };
    expect(await openModels(settings, { db, local: () => local })).toBe(local);
  });
});
