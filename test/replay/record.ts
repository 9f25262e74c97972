/** Records the histories that the replay test replays: `npm run record`. Run it for a new process or a new version. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import proto from '@temporalio/proto';
import { failure } from '../../src/failures.ts';
import type { Activities } from '../../src/activities/index.ts';
import { startHarness } from '../support/harness.ts';

/** As plain JSON: enums by name, bytes in base64, long numbers as text. */
const plain = { enums: String, bytes: String, longs: String };

type Faults = (real: Activities) => Partial<Activities>;

const harness = await startHarness();
const failing: Faults = () => ({
  indexDocument: () => Promise.reject(failure('logic', 'indexDocument broke', { type: 'Broken' })),
});

async function record(name: string, path: string, options: { review?: boolean; faults?: Faults } = {}): Promise<void> {
  const bytes = await readFile(path);
  const file = { hash: await harness.services.files.put(bytes), name: basename(path), size: bytes.length };
  await harness.withWorker(async (taskQueue) => {
    const workflowId = `recorded-${randomUUID()}`;
    const handle = await harness.client.workflow.start('documentIngestion', { taskQueue, workflowId, args: [file] });
    if (options.review) {
      while ((await handle.query<unknown[]>('gates')).length === 0) await new Promise((done) => setTimeout(done, 100));
      await handle.executeUpdate('decide', { args: [{ vote: 'approve', by: 'ada', roles: ['reviewer'] }] });
    }
    await handle.result();
    const { History } = proto.temporal.api.history.v1;
    const history = History.toObject(History.fromObject(await handle.fetchHistory()), plain);
    await writeFile(new URL(`./document-ingestion.${name}.json`, import.meta.url), JSON.stringify(history));
    console.log(`document-ingestion.${name}.json`);
  }, options.faults);
}

try {
  await record('rolled-back', 'samples/invoices/EN16931_Physiotherapeut.cii.xml', { faults: failing });
  await record('stored', 'samples/invoices/EN16931_Elektron.ubl.xml');
  await record('reviewed', 'samples/invoices/Facture_FR_BASIC.pdf', { review: true });
} finally {
  await harness.stop();
}
