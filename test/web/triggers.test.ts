import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderFulfilmentProcess } from '../../src/catalog/order-fulfilment.ts';
import { loadSettings, type Settings } from '../../src/config.ts';
import type { Runs } from '../../src/runs.ts';
import { loadDirectory } from '../../src/services/directory.ts';
import { openFileStore } from '../../src/services/files.ts';
import { createApp } from '../../src/web/app.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const origin = 'http://localhost';
const secret = 'a secret with = in it';
const base64 = Buffer.from('another secret').toString('base64');
const token = 'a-token-of-enough-letters';

let harness: Harness;
let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'fermata-hooks-'));
  harness = await startHarness();
});
afterAll(async () => {
  await harness.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

type App = ReturnType<typeof createApp>;

function appOf(environment: Readonly<Record<string, string>>, taskQueue?: string): App {
  const settings: Settings = {
    ...loadSettings({ FERMATA_DATA: dataDir, ...environment }),
    taskQueue: taskQueue ?? 'none',
  };
  const runs: Runs | undefined =
    taskQueue === undefined ? undefined : { client: harness.client, settings, close: () => Promise.resolve() };
  const directory = loadDirectory('samples/users.json');
  return createApp({ runs, db: undefined, files: openFileStore(settings), directory, settings });
}

const withApp = (work: (app: App) => Promise<void>): Promise<void> =>
  harness.withWorker((taskQueue) =>
    work(appOf({ FERMATA_HOOK_SECRETS: `shop=${secret},shop=whsec_${base64}`, FERMATA_API_TOKEN: token }, taskQueue)),
  );

interface Sent {
  readonly id: string;
  readonly body: string;
  readonly key?: string | Buffer;
  readonly seconds?: number;
  readonly source?: string;
  readonly signature?: string;
}

async function send(app: App, { id, body, key = secret, seconds, source = 'shop', signature }: Sent) {
  const timestamp = String(seconds ?? Math.floor(Date.now() / 1000));
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const response = await app.request(`${origin}/hooks/${source}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature ?? `v1a,other v1,${mac}`,
    },
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

const start = async (app: App, name: string, body: string, authorization = `Bearer ${token}`) => {
  const headers = { 'content-type': 'application/json', authorization };
  const response = await app.request(`${origin}/api/processes/${name}/runs`, { method: 'POST', body, headers });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
};

const action = (userId: string, more: object = {}): string =>
  JSON.stringify({ type: 'user_action', data: { userId, action: 'clicked' }, ...more });

describe('signed webhooks', () => {
  it('start one run an event, and answer a duplicate with the same run, also after it ended', async () => {
    await withApp(async (app) => {
      const first = await send(app, { id: 'e-1', body: action('u-1') });
      expect(first).toMatchObject({ status: 202, answer: { id: 'event:shop:e-1', duplicate: false } });
      const again = await send(app, { id: 'e-1', body: action('u-1') });
      expect(await harness.client.workflow.getHandle('event:shop:e-1').result()).toMatchObject({ status: 'handled' });
      const late = await send(app, { id: 'other', body: action('u-1', { id: 'e-1' }) });
      for (const { status, answer } of [again, late]) {
        expect(status).toBe(200);
        expect(answer).toEqual({ id: 'event:shop:e-1', runId: first.answer['runId'], duplicate: true });
      }
    });
    const { db } = harness.services;
    const user = await db.selectFrom('app_users').select('actions').where('user_id', '=', 'u-1').execute();
    expect(user).toEqual([{ actions: 1 }]);
  });

  it('take a second secret of the same source, in base64', async () => {
    await withApp(async (app) => {
      const key = Buffer.from('another secret');
      expect(await send(app, { id: 'e-2', body: action('u-2'), key })).toMatchObject({ status: 202 });
    });
  });

  it.each<[string, Partial<Sent>]>([
    ['a wrong secret', { key: 'guessed' }],
    ['a signature over other words', { signature: 'v1,c2lnbmF0dXJl' }],
    ['no signature', { signature: '' }],
    ['a source without a secret', { source: 'unknown' }],
    ['a message of six minutes ago', { seconds: Math.floor(Date.now() / 1000) - 360 }],
    ['a message of in six minutes', { seconds: Math.floor(Date.now() / 1000) + 360 }],
  ])('refuse %s and start nothing', async (_, change) => {
    await withApp(async (app) => {
      expect(await send(app, { id: 'e-refused', body: action('u'), ...change })).toMatchObject({ status: 401 });
      const described = harness.client.workflow.getHandle('event:shop:e-refused').describe();
      await expect(described).rejects.toThrow(/not found/i);
    });
  });

  it('say what is wrong with a signed message that is no event', async () => {
    await withApp(async (app) => {
      expect(await send(app, { id: 'e-3', body: '[' })).toMatchObject({ status: 400 });
      expect(await send(app, { id: 'e-3', body: '{"data":{}}' })).toEqual({
        status: 400,
        answer: { error: 'type: expected the type of the event' },
      });
      expect(await send(app, { id: 'no good id', body: action('u') })).toMatchObject({ status: 400 });
      const large = JSON.stringify({ type: 'user_action', data: { text: 'x'.repeat(300_000) } });
      expect(await send(app, { id: 'e-3', body: large })).toMatchObject({ status: 413 });
    });
  });

  it('say that Temporal is down, so that the sender tries again', async () => {
    const app = appOf({ FERMATA_HOOK_SECRETS: `shop=${secret}` });
    expect(await send(app, { id: 'e-4', body: action('u') })).toMatchObject({ status: 503 });
  });
});

describe('the HTTP API', () => {
  const event = {
    id: 'api-1',
    source: 'api',
    type: 'business_event',
    occurredAt: '2026-11-20T09:30:00Z',
    data: { name: 'x' },
  };

  it('starts a run for whoever has the token, and knows it again', async () => {
    await withApp(async (app) => {
      const first = await start(app, 'event-processor', JSON.stringify({ input: event }));
      expect(first).toMatchObject({ status: 202, answer: { id: 'event:api:api-1', existing: false } });
      await harness.client.workflow.getHandle('event:api:api-1').result();
      const again = await start(app, 'event-processor', JSON.stringify({ input: event }));
      expect(again).toMatchObject({ status: 200, answer: { runId: first.answer['runId'], existing: true } });
      const named = JSON.stringify({
        id: 'mine',
        input: { sources: [{ name: 'x', kind: 'file', path: 'x', format: 'csv', key: 'k' }] },
      });
      expect(await start(app, 'data-sync', named)).toMatchObject({ status: 202, answer: { id: 'mine' } });
      await harness.client.workflow.getHandle('mine').result();
      expect(await start(app, 'data-sync', named)).toMatchObject({ status: 200, answer: { id: 'mine' } });
    });
  });

  it('passes on what a run answers early', async () => {
    await withApp(async (app) => {
      const placed = await start(app, 'order-fulfilment', JSON.stringify({ input: orderFulfilmentProcess.sample }));
      expect(placed).toMatchObject({ status: 202, answer: { answer: { status: 'placed' } } });
      expect((placed.answer['answer'] as { number: string }).number).toMatch(/^F-\d+$/);
      const handle = harness.client.workflow.getHandle(String(placed.answer['id']));
      expect(await handle.result()).toMatchObject({ status: 'shipped' });
    });
  });

  it('says what is wrong with a request', async () => {
    await withApp(async (app) => {
      expect(await start(app, 'event-processor', '{}', 'Bearer guessed')).toMatchObject({ status: 401 });
      expect(await start(app, 'event-processor', '{}', '')).toMatchObject({ status: 401 });
      expect(await start(app, 'no-such-process', '{}')).toEqual({
        status: 404,
        answer: { error: "there is no process 'no-such-process'" },
      });
      const wrong = await start(app, 'event-processor', JSON.stringify({ input: { ...event, source: 'A B' } }));
      expect(wrong).toMatchObject({ status: 400, answer: { error: expect.stringContaining('source: expected') } });
      expect(await start(app, 'event-processor', '{}')).toMatchObject({ status: 400 });
      expect(await start(app, 'event-processor', '{"imput":1}')).toMatchObject({ status: 400 });
    });
  });

  it('is off without a token in the settings', async () => {
    const body = JSON.stringify({ input: event });
    expect(await start(appOf({}), 'event-processor', body, 'Bearer ')).toEqual({
      status: 403,
      answer: { error: 'the API is off; set FERMATA_API_TOKEN' },
    });
  });
});
