import { z } from 'zod';
import type { invoiceApproval } from '../workflows/invoice-approval.ts';
import type { Process } from './process.ts';

const requester = z
  .string()
  .regex(/^[a-z0-9._-]+$/, 'expected a user name')
  .optional();
const ingested = z.strictObject({ documentId: z.uuid('expected the id of a stored document'), requester });
const filePath = z.strictObject({ path: z.string().min(1, 'expected the path of a file'), requester });
const storedFile = z.strictObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex'),
  name: z.string().min(1).max(500),
  size: z.number().int().nonnegative(),
  requester,
});

const invoiceInput = z.union([ingested, filePath, storedFile], {
  error: 'expected { "documentId" } of a stored document, { "path": "invoice.pdf" }, or { "hash", "name", "size" }',
}) satisfies z.ZodType<Parameters<typeof invoiceApproval>[0]>;

export const invoiceApprovalProcess: Process = {
  name: 'invoice-approval',
  title: 'Invoice approval',
  description:
    'Checks an invoice against its purchase order and what was received, has it approved as its amount asks, and pays it once.',
  workflowType: 'invoiceApproval',
  input: invoiceInput,
  sample: { path: 'samples/invoices/EN16931_Miete.pdf' },
  approvers: ['role:buyer', 'role:finance', 'role:approver', 'role:manager', 'role:reviewer'],
  fromFile: ({ hash, name, size }) => ({ hash, name, size }),
};
