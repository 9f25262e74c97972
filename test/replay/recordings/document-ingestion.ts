import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { failure } from '../../../src/failures.ts';
import type { Harness } from '../../support/harness.ts';
import { approve, type Recording } from './recording.ts';

const file = (path: string) => async (harness: Harness) => {
  const bytes = await readFile(path);
  return [{ hash: await harness.services.files.put(bytes), name: basename(path), size: bytes.length }];
};
const ingestion = { process: 'document-ingestion', workflowType: 'documentIngestion' };

export const recordings: readonly Recording[] = [
  {
    ...ingestion,
    name: 'rolled-back',
    args: file('samples/invoices/EN16931_Physiotherapeut.cii.xml'),
    faults: () => ({
      indexDocument: () => Promise.reject(failure('logic', 'indexDocument broke', { type: 'Broken' })),
    }),
  },
  { ...ingestion, name: 'stored', args: file('samples/invoices/EN16931_Elektron.ubl.xml') },
  {
    ...ingestion,
    name: 'reviewed',
    args: file('samples/invoices/Facture_FR_BASIC.pdf'),
    drive: (handle) => approve(handle, 'ada', ['reviewer']),
  },
];
