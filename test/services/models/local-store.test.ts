import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import { localModelMigrations, type LocalModelTables } from '../../../src/services/migrations/local-models.ts';
import { openLocalModels } from '../../../src/services/models/local.ts';
import { openModelStore, type ModelStore } from '../../../src/services/models/local/model-store.ts';
import { encodeClassifier } from '../../../src/services/models/training/serialize.ts';
import { train } from '../../../src/services/models/training/train.ts';
import { testDatabase } from '../../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof testDatabase>>;
let db: Kysely<LocalModelTables>;
let store: ModelStore;

beforeAll(async () => {
  postgres = await testDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: postgres.url, max: 4 }) }) });
  const provider = { getMigrations: () => Promise.resolve(localModelMigrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error as Error;
  store = openModelStore(db);
});

beforeEach(async () => {
  await db.deleteFrom('trained_models').execute();
});

afterAll(async () => {
  await db.destroy();
  await postgres.stop();
});

const body = Buffer.from('a model');
const save = (key: string): Promise<number> => store.save('intent', key, body, { accuracy: 0.9 });

describe('the store of trained models', () => {
  it('numbers versions, and finds a version again when a save is repeated', async () => {
    expect(await Promise.all([save('run-1'), save('run-1'), save('run-1')])).toEqual([1, 1, 1]);
    expect(await save('run-2')).toBe(2);
    expect(await store.save('sentiment', 'run-1', body, {})).toBe(1);
    expect(await store.load('intent', 2)).toMatchObject({ body, metrics: { accuracy: 0.9 } });
  });

  it('serves nothing of its own until a version is told to serve', async () => {
    await save('run-1');
    expect(await store.serving('intent')).toBeNull();
    expect(await store.serve('intent', 1, null)).toEqual({ status: 'serving', version: 1 });
    expect(await store.serving('intent')).toBe(1);
  });

  it('lets one of several competing versions serve', async () => {
    const versions = await Promise.all(['a', 'b', 'c', 'd'].map(save));
    const outcomes = await Promise.all(versions.map((version) => store.serve('intent', version, null)));
    const winners = outcomes.filter(({ status }) => status === 'serving');
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'overtaken')).toHaveLength(3);
    const rows = await db.selectFrom('trained_models').select(['version', 'state']).execute();
    expect(rows.filter(({ state }) => state === 'serving')).toMatchObject([{ version: await store.serving('intent') }]);
  });

  it('changes nothing when told again to serve or to roll back', async () => {
    await save('a');
    await save('b');
    await store.serve('intent', 1, null);
    await store.serve('intent', 2, 1);
    expect(await store.serve('intent', 2, 1)).toEqual({ status: 'serving', version: 2 });
    expect(await store.rollBack('intent', 2)).toEqual({ status: 'serving', version: 1 });
    expect(await store.rollBack('intent', 2)).toEqual({ status: 'serving', version: 1 });
    expect(await store.rollBack('intent', 1)).toEqual({ status: 'serving', version: null });
    expect(await store.serving('intent')).toBeNull();
  });

  it('does not roll back a version that another has replaced', async () => {
    await save('a');
    await save('b');
    await store.serve('intent', 1, null);
    await store.serve('intent', 2, 1);
    expect(await store.rollBack('intent', 1)).toEqual({ status: 'overtaken', serving: 2 });
    expect(await store.serving('intent')).toBe(2);
  });

  it('knows no version that was never saved', async () => {
    await expect(store.serve('intent', 7, null)).rejects.toMatchObject({ type: 'ModelUnknown' });
    await expect(store.load('intent', 7)).rejects.toMatchObject({ type: 'ModelUnknown' });
    expect(await store.serving('intent')).toBeNull();
  });
});

describe('local models with a store', () => {
  it('answer with the version that serves, from the next question on', async () => {
    const examples = (yes: string, no: string) => [
      ...['good fine nice', 'good', 'nice and fine', 'a fine day', 'good day'].map((text) => ({ text, label: yes })),
      ...['bad poor ugly', 'bad', 'ugly and poor', 'a poor day', 'bad day'].map((text) => ({ text, label: no })),
    ];
    const settings = { pairs: false, pieces: [], minimumCount: 1, epochs: 20, learningRate: 1, balanced: false };
    const models = openLocalModels({ store });
    const ask = async () => {
      const { value } = await models.classify({ task: 'mood', text: 'good and nice', labels: ['up', 'down'] });
      return value.label;
    };
    await expect(ask()).rejects.toMatchObject({ type: 'ModelCannot' });
    const right = await encodeClassifier(await train(examples('up', 'down'), settings));
    const wrong = await encodeClassifier(await train(examples('down', 'up'), settings));
    await store.save('mood', 'right', right, {});
    await store.save('mood', 'wrong', wrong, {});
    await store.serve('mood', 1, null);
    expect(await ask()).toBe('up');
    await store.serve('mood', 2, 1);
    expect(await ask()).toBe('down');
    await store.rollBack('mood', 2);
    expect(await ask()).toBe('up');
  });
});
