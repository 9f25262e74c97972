import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SyncReport, SyncSource } from '../../src/activities/sync.ts';
import { redriveRun } from '../../src/runs/redrive.ts';
import type { Runs } from '../../src/runs.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { runProcess, type Faults, type Handle } from '../support/process.ts';

let harness: Harness;
let folder: string;
let stock: SyncSource;
/** What the outside service answers; an empty text: it is down. */
let answer = '';
const outside = createServer((_, response) => {
  response.writeHead(answer === '' ? 500 : 200).end(answer);
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fermata-import-'));
  await new Promise<void>((done) => outside.listen(0, '127.0.0.1', done));
  harness = await startHarness({
    FERMATA_IMPORT: folder,
    FERMATA_OUTSIDE_ALLOW: '127.0.0.1',
    FERMATA_SYNC_DATABASES: 'gone=postgres://127.0.0.1:1/none',
  });
});
afterAll(async () => {
  await harness.stop();
  outside.close();
  await rm(folder, { recursive: true, force: true });
});

const csv = async (name: string, text: string): Promise<SyncSource> => {
  await writeFile(join(folder, `${name}.csv`), text);
  return { name, kind: 'file', path: `${name}.csv`, format: 'csv', key: 'sku' };
};
const http = (name: string): SyncSource => {
  const { port } = outside.address() as { port: number };
  return { name, kind: 'http', url: `http://127.0.0.1:${String(port)}/`, format: 'json', key: 'id' };
};
const sync = <T>(sources: SyncSource[], work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'dataSync', { sources, tell: ['role:engineer'] }, work, faults);
const result = (handle: Pick<Handle, 'result'>): Promise<SyncReport> => handle.result() as Promise<SyncReport>;
const recordsOf = (source: string) =>
  harness.services.db.selectFrom('synced_records').selectAll().where('source', '=', source).orderBy('key').execute();
const mailsOn = (text: string) =>
  harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${text}%`).execute();

describe('data-sync', () => {
  it('brings files, addresses and tables up to date, and says what changed', async () => {
    answer = '[{"id":1,"name":"Neri"},{"id":2,"name":"Rhône"}]';
    stock = await csv('stock', 'sku;name;count\nA-1;Chair;4\nA-2;"Desk; oak";1\n');
    await writeFile(join(folder, 'orders.jsonl'), '{"no":"o-1","open":true}\n\n{"no":"o-2","open":false}\n');
    const sources: SyncSource[] = [
      stock,
      { name: 'orders', kind: 'file', path: 'orders.jsonl', format: 'jsonl', key: 'no' },
      http('suppliers'),
      { name: 'circuits', kind: 'table', table: 'public.vendor_settings', key: 'vendor' },
    ];
    const none = { updated: 0, unchanged: 0, removed: 0 };
    const circuits = (await harness.services.db.selectFrom('vendor_settings').selectAll().execute()).length;
    await sync(sources, async (handle) => {
      expect(await result(handle)).toEqual({
        status: 'complete',
        worked: [
          { source: 'stock', inserted: 2, ...none },
          { source: 'orders', inserted: 2, ...none },
          { source: 'suppliers', inserted: 2, ...none },
          { source: 'circuits', inserted: circuits, ...none },
        ],
        failed: [],
      });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    expect((await recordsOf('stock')).map(({ data }) => data)).toEqual([
      { sku: 'A-1', name: 'Chair', count: '4' },
      { sku: 'A-2', name: 'Desk; oak', count: '1' },
    ]);

    await csv('stock', 'sku;name;count\nA-1;Chair;4\nA-3;Lamp;9\n');
    answer = '[{"id":2,"name":"Rhône"},{"id":1,"name":"Neri & Co"}]';
    const again = await sync(sources, result);
    expect(again.worked.slice(0, 3)).toEqual([
      { source: 'stock', inserted: 1, updated: 0, unchanged: 1, removed: 1 },
      { source: 'orders', inserted: 0, updated: 0, unchanged: 2, removed: 0 },
      { source: 'suppliers', inserted: 0, updated: 1, unchanged: 1, removed: 0 },
    ]);
    const removed = (await recordsOf('stock')).filter(({ removed_at }) => removed_at !== null);
    expect(removed.map(({ key }) => key)).toEqual(['A-2']);
    expect(await mailsOn('Data sync')).toEqual([]);
  });

  it('leaves what failed as it was, does the others, and redrives only what failed', async () => {
    answer = '[{"id":7,"name":"before"}]';
    await sync([http('crm')], result);
    answer = '';
    const shelf = await csv('shelf', 'sku,name,row\nB-1,Box,1\nB-2,Bag,2\n');
    const twice = await csv('twice', 'sku,name,row\nB-1,Box,1\nB-1,Bag,2\n');
    let reads = 0;
    const counted: Faults = (real) => ({
      syncSource: (key, source) => {
        if (source.name === 'shelf') reads += 1;
        return real.syncSource(key, source);
      },
    });
    await harness.withWorker(async (taskQueue) => {
      const runs: Runs = { client: harness.client, settings: harness.settings, close: () => Promise.resolve() };
      const workflowId = 'nightly-sync';
      const args = [{ sources: [shelf, http('crm'), twice], tell: ['role:engineer'] }];
      const handle = await harness.client.workflow.start('dataSync', { taskQueue, workflowId, args });
      const report = await result(handle);
      expect(report).toMatchObject({ status: 'partial', worked: [{ source: 'shelf', inserted: 2 }] });
      expect(report.failed).toEqual([
        { source: 'crm', reason: expect.stringContaining('answers 500') },
        { source: 'twice', reason: "twice: 'B-1' comes twice (record 2)" },
      ]);
      expect(await recordsOf('crm')).toMatchObject([{ key: '7', data: { name: 'before' }, removed_at: null }]);
      expect(await recordsOf('twice')).toEqual([]);
      expect(await mailsOn('Data sync: crm, twice failed')).toHaveLength(1);

      answer = '[{"id":7,"name":"after"}]';
      const next = await redriveRun(runs, workflowId);
      const second = await result(harness.client.workflow.getHandle(workflowId, next.runId));
      expect(second).toMatchObject({ status: 'partial', failed: [{ source: 'twice' }] });
      expect(second.worked).toMatchObject([
        { source: 'shelf', inserted: 2 },
        { source: 'crm', updated: 1 },
      ]);
      expect(reads).toBe(1);
      expect(await mailsOn('Data sync: twice failed')).toHaveLength(1);
    }, counted);
    const { db } = harness.services;
    const kept = await db.selectFrom('sync_reports').select('status').where('run_id', '=', 'nightly-sync').execute();
    expect(kept).toEqual([{ status: 'partial' }]);
  });

  it('says why each source failed', async () => {
    await symlink('/etc/hosts', join(folder, 'link.csv'));
    await writeFile(join(folder, 'torn.json'), '[{"id":1},');
    await csv('full', 'sku,name,row\nC-1,a,1\nC-2,b,2\n');
    await sync([await csv('full', 'sku,name,row\nC-1,a,1\n')], result);
    await csv('full', 'sku,name,row\n');
    const file = (name: string, path: string): SyncSource => ({ name, kind: 'file', path, format: 'json', key: 'id' });
    const { status, failed } = await sync(
      [
        file('climbing', '../../etc/hosts'),
        file('linked', 'link.csv'),
        file('torn', 'torn.json'),
        { name: 'tableless', kind: 'table', table: 'no_such_table', key: 'id' },
        { name: 'nowhere', kind: 'table', table: 'orders', database: 'unknown', key: 'id' },
        { name: 'down', kind: 'table', table: 'orders', database: 'gone', key: 'id' },
        { name: 'full', kind: 'file', path: 'full.csv', format: 'csv', key: 'sku' },
        { name: 'private', kind: 'http', url: 'http://10.0.0.1/', format: 'json', key: 'id' },
      ],
      result,
    );
    expect(status).toBe('failed');
    expect(Object.fromEntries(failed.map(({ source, reason }) => [source, reason]))).toEqual({
      climbing: expect.stringContaining('there is no file ../../etc/hosts'),
      linked: expect.stringContaining('there is no file link.csv'),
      torn: expect.stringContaining('torn cannot be read as json'),
      tableless: 'there is no table no_such_table to read',
      nowhere: "there is no database 'unknown' in FERMATA_SYNC_DATABASES",
      down: expect.stringContaining('table orders cannot be read'),
      full: 'full has no records any more; what we have of it was kept',
      private: expect.stringContaining('10.0.0.1'),
    });
    expect(await recordsOf('full')).toMatchObject([{ key: 'C-1', removed_at: null }]);
  });

  it('reads at most four sources at a time', async () => {
    let now = 0;
    let most = 0;
    const sources = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => csv(`n${String(n)}`, 'sku,a,b\nx,1,2\n')));
    await sync(sources, result, (real) => ({
      async syncSource(key, source) {
        now += 1;
        most = Math.max(most, now);
        await new Promise((done) => setTimeout(done, 500));
        const counts = await real.syncSource(key, source);
        now -= 1;
        return counts;
      },
    }));
    expect(most).toBe(4);
  });

  it('ends as cancelled without touching the source under way', async () => {
    const source = await csv('cancelled', 'sku,a,b\nx,1,2\n');
    await sync(
      [source],
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect(await recordsOf('cancelled')).toEqual([]);
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      },
      () => ({
        async syncSource(key) {
          const signal = cancellationSignal();
          await harness.client.workflow.getHandle(key.split('/')[0] ?? '').cancel();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw signal.reason as Error;
        },
      }),
    );
  });
});
