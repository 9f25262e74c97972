import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, it } from '@jest/globals';
import { failure } from '../../src/failures.ts';
import { startHarness, type Harness } from '../support/harness.ts';
let harness: Harness;
beforeAll(async () => { harness = await startHarness(); });
afterAll(() => harness.stop());
it('x', async () => {
  await harness.withWorker(async (taskQueue) => {
    for (let i = 0; i < 12; i += 1) {
      const bytes = Buffer.concat([await readFile('samples/invoices/EN16931_Elektron.ubl.xml'), Buffer.from(`<!-- ${randomUUID()} -->`)]);
      const file = { hash: await harness.services.files.put(bytes), name: 'x.xml', size: bytes.length };
      const t = Date.now();
      const handle = await harness.client.workflow.start('documentIngestion', { taskQueue, workflowId: randomUUID(), args: [file] });
      const end = await Promise.race([handle.result().then(() => 'ok', (e) => String(e.cause?.message ?? e)), new Promise((r) => setTimeout(() => r('HUNG 25s'), 25_000))]);
      const h = await handle.fetchHistory();
      const bad = h.events?.filter((e) => e.workflowTaskFailedEventAttributes || e.workflowTaskTimedOutEventAttributes).map((e) => e.workflowTaskFailedEventAttributes?.failure?.message ?? 'task timed out');
      process.stderr.write(`REPRO ${Date.now() - t} ms ${String(end)} ${JSON.stringify(bad)}\n`);
      if (end === 'HUNG 25s') await handle.terminate();
    }
  }, () => ({ extractTotals: async () => { throw failure('validation', 'no', { type: 'No' }); } }));
}, 400_000);
