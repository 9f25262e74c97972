import { z } from 'zod';
import type { StoredFile } from '../services/files.ts';
import type { documentIngestion } from '../workflows/document-ingestion.ts';
import type { Process } from './process.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex');
const requester = z.string().min(1).optional();

const storedFile = z.strictObject({
  hash: sha256,
  name: z.string().min(1).max(500),
  size: z.number().int().nonnegative(),
  requester,
});
const filePath = z.strictObject({ path: z.string().min(1, 'expected the path of a file'), requester });
const documentInput = z.union([storedFile, filePath], {
  error: 'expected { "path": "invoice.pdf" } or { "hash", "name", "size" } of a file in the file store',
}) satisfies z.ZodType<Parameters<typeof documentIngestion>[0]>;

export const documentIngestionProcess: Process = {
  name: 'document-ingestion',
  title: 'Document ingestion',
  description:
    'Reads a document, checks what it says, and stores and indexes it; what is not certain goes to a person.',
  workflowType: 'documentIngestion',
  input: documentInput,
  sample: { path: 'samples/invoices/EN16931_Elektron.ubl.xml' },
  approvers: ['role:reviewer'],
  fromFile: ({ hash, name, size }) => ({ hash, name, size }),
  runId: (input) => {
    const { hash } = input as Partial<StoredFile>;
    return hash === undefined ? `document-ingestion-${crypto.randomUUID()}` : `document-ingestion-${hash.slice(0, 24)}`;
  },
};
