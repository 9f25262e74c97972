/** Every process in one table: client, inbox, run pages and documentation take it from here. */
import { z } from 'zod';
import type { StoredFile } from './services/files.ts';
import type { documentIngestion } from './workflows/document-ingestion.ts';

export interface Process {
  /** Name on the command line. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Name of the exported workflow function. */
  readonly workflowType: string;
  /** What the process takes; checked before anything starts. */
  readonly input: z.ZodType;
  /** Real input for a first run. */
  readonly sample: unknown;
  /** Who decides at its gates: `role:…` or `user:…`. */
  readonly approvers: readonly string[];
  /** The input for one document, for processes that take documents. */
  readonly fromFile?: (document: StoredFile) => unknown;
  /** The workflow id for an input; the same id is the same work. Without it every start is new. */
  readonly runId?: (input: unknown) => string;
}

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

export const catalog: readonly Process[] = [
  {
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
      return hash === undefined
        ? `document-ingestion-${crypto.randomUUID()}`
        : `document-ingestion-${hash.slice(0, 24)}`;
    },
  },
];

/** The process of a name on the command line; `undefined` if there is none. */
export function findProcess(name: string): Process | undefined {
  return catalog.find((process) => process.name === name);
}
