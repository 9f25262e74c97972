import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoredFile } from '../../src/services/files.ts';
import type { IngestionResult } from '../../src/workflows/document-ingestion.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const certain = 'samples/invoices/EN16931_Elektron.ubl.xml';
const doubtful = 'samples/invoices/Facture_FR_BASIC.pdf';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const files = new Map<string, StoredFile>();

/** Puts a document in for one run, with a comment at its end that makes its bytes new. */
const put =
  (path: string) =>
  async (workflowId: string): Promise<StoredFile[]> => {
    const mark = path.endsWith('.xml') ? `<!-- ${randomUUID()} -->` : `\n%${randomUUID()}`;
    const bytes = Buffer.concat([await readFile(path), Buffer.from(mark)]);
    const file = { hash: await harness.services.files.put(bytes), name: basename(path), size: bytes.length };
    files.set(workflowId, file);
    return [file];
  };

/** What the database holds of a run's document. */
async function stored(workflowId: string) {
  const { db } = harness.services;
  const hash = files.get(workflowId)?.hash ?? '';
  const rows = await db.selectFrom('documents').selectAll().where('hash', '=', hash).execute();
  const ids = rows.map((row) => row.id);
  const indexed =
    ids.length === 0
      ? []
      : await db.selectFrom('document_index').select('title').where('document_id', 'in', ids).execute();
  return { rows, indexed };
}

async function invariant({ workflowId, outcome, faults }: Explored): Promise<void> {
  const { rows, indexed } = await stored(workflowId);
  expect(rows.length).toBeLessThanOrEqual(1);
  const [row] = rows;
  if (outcome.status === 'completed') {
    const { status } = outcome.result as IngestionResult;
    expect(row?.status).toBe(status === 'rejected' ? undefined : status);
    expect(indexed).toHaveLength(status === 'stored' ? 1 : 0);
    return;
  }
  // Nothing stays behind, except what the second fault kept from being undone or completed.
  if (faults.length > 1) return;
  expect(outcome.status === 'failed' ? row?.status : row?.status === 'storing').not.toBe(
    outcome.status === 'failed' ? 'storing' : true,
  );
}

describe('document-ingestion, at every fault', () => {
  it('keeps one record of a certain document, or none', async () => {
    await explore({
      harness,
      workflow: 'documentIngestion',
      args: put(certain),
      categories: ['validation', 'dependency'],
      invariant,
    });
  });

  it('stores a doubtful document once, and only after a reviewer approved it', async () => {
    await explore({
      harness,
      workflow: 'documentIngestion',
      args: put(doubtful),
      votes: { review: [{ vote: 'approve', by: 'ada', roles: ['reviewer'] }] },
      only: ({ label }) => /gate|timer|close|storeDocument|markForManual/.test(label),
      categories: ['validation', 'dependency'],
      invariant,
    });
  });
});
