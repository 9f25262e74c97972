import { z } from 'zod';
import type { batchProcessor } from '../workflows/batch-processor.ts';
import type { Process } from './process.ts';

const id = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,100}$/, 'expected letters, digits, dot, dash, colon, underscore; at most 100');
const day = z.iso.date('expected a day such as 2026-11-20');
const line = z.string().regex(/^[^\r\n]{1,200}$/, 'expected one line of at most 200 characters');

const request = z.discriminatedUnion('type', [
  z
    .strictObject({
      id,
      type: z.literal('report'),
      report: z.enum(['expenses', 'events', 'payments']),
      from: day,
      to: day,
    })
    .refine(({ from, to }) => from <= to, { path: ['to'], error: 'is before from' }),
  z.strictObject({ id, type: z.literal('notification'), to: line, subject: line, text: z.string().min(1).max(5_000) }),
  z.strictObject({
    id,
    type: z.literal('payment'),
    payee: line,
    amount: z
      .string()
      .regex(/^\d{1,7}(\.\d{1,2})?$/, 'expected an amount like 129.50')
      .refine((amount) => Number(amount) > 0, 'expected more than 0'),
    currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency such as EUR'),
    purpose: line,
  }),
]);

const batch = z.strictObject({
  requests: z
    .array(request)
    .min(1, 'expected at least one request')
    .max(1_000, 'expected at most 1,000 requests; make several batches')
    .refine((all) => new Set(all.map((each) => each.id)).size === all.length, 'two requests have the same id'),
}) satisfies z.ZodType<Parameters<typeof batchProcessor>[0]>;

const days = { from: '2026-11-01', to: '2026-11-30' };

export const batchProcessorProcess: Process = {
  name: 'batch-processor',
  title: 'Batch processor',
  description: 'Does many requests, each kind in its best way and each request once, and says which of them failed.',
  workflowType: 'batchProcessor',
  input: batch,
  sample: {
    requests: [
      { id: 'report-expenses-11', type: 'report', report: 'expenses', ...days },
      { id: 'report-payments-11', type: 'report', report: 'payments', ...days },
      { id: 'note-1', type: 'notification', to: 'user:ada', subject: 'Month closed', text: 'November is closed.' },
      { id: 'note-2', type: 'notification', to: 'user:ada', subject: 'Audit', text: 'The auditors come on Monday.' },
      { id: 'note-3', type: 'notification', to: 'role:finance', subject: 'Month closed', text: 'November is closed.' },
      {
        id: 'pay-2214',
        type: 'payment',
        payee: 'Nordlicht',
        amount: '412.00',
        currency: 'EUR',
        purpose: 'Invoice 2214',
      },
      { id: 'pay-2215', type: 'payment', payee: 'Neri', amount: '89.90', currency: 'EUR', purpose: 'Invoice 2215' },
    ],
  },
  approvers: [],
};
