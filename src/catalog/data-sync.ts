import { z } from 'zod';
import type { dataSync } from '../workflows/data-sync.ts';
import type { Process } from './process.ts';

const named = {
  name: z.string().regex(/^[A-Za-z0-9._-]{1,60}$/, 'expected letters, digits, dot, dash, underscore; at most 60'),
  key: z.string().min(1).max(100),
};
const format = z.enum(['csv', 'json', 'jsonl']);
const source = z.discriminatedUnion('kind', [
  z.strictObject({ ...named, kind: z.literal('file'), path: z.string().min(1).max(500), format }),
  z.strictObject({ ...named, kind: z.literal('http'), url: z.url({ protocol: /^https?$/ }), format }),
  z.strictObject({
    ...named,
    kind: z.literal('table'),
    table: z
      .string()
      .regex(/^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/, 'expected a table such as orders or sales.orders'),
    database: z.string().min(1).optional(),
  }),
]);

const job = z.strictObject({
  sources: z
    .array(source)
    .min(1, 'expected at least one source')
    .max(200)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two sources have the same name'),
  tell: z.array(z.string().min(1)).max(20).default([]),
}) satisfies z.ZodType<Parameters<typeof dataSync>[0]>;

export const dataSyncProcess: Process = {
  name: 'data-sync',
  title: 'Data sync',
  description: 'Brings our copy of many sources up to date, each by itself, and reports what worked and what did not.',
  workflowType: 'dataSync',
  input: job,
  sample: {
    sources: [
      { name: 'stock', kind: 'file', path: 'documents/stock-list.csv', format: 'csv', key: 'sku' },
      { name: 'suppliers', kind: 'file', path: 'sync/suppliers.jsonl', format: 'jsonl', key: 'id' },
      { name: 'expenses', kind: 'table', table: 'expenses', key: 'run_id' },
    ],
    tell: ['role:engineer'],
  },
  approvers: [],
};
