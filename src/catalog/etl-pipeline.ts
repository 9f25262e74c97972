import { z } from 'zod';
import type { etlPipeline } from '../workflows/etl-pipeline.ts';
import type { Process } from './process.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,60}$/, 'expected a name such as support-questions');
const columnName = z.string().regex(/^[A-Za-z][A-Za-z0-9_ -]{0,60}$/, 'expected the name of a column');

const file = z.union(
  [
    z.strictObject({
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      name: z.string().min(1).max(500),
      size: z.number().int().nonnegative(),
    }),
    z.strictObject({ path: z.string().min(1) }),
  ],
  { error: 'expected { "path": "rows.csv" } or { "hash", "name", "size" } of a file in the file store' },
);

const source = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('csv'),
      file,
      delimiter: z
        .string()
        .regex(/^[,;|\t]$/, 'expected a comma, semicolon, tab or |')
        .optional(),
      header: z.array(z.string().min(1)).min(1).max(200).optional(),
    }),
    z.strictObject({ kind: z.literal('jsonl'), file }),
    z.strictObject({ kind: z.literal('table'), table: z.string().min(1).max(63) }),
  ],
  { error: 'expected a source of kind csv, jsonl or table' },
);

const column = z.strictObject({
  from: z.string().min(1),
  type: z.enum(['text', 'integer', 'decimal', 'date', 'boolean']).optional(),
  required: z.boolean().optional(),
});

const load = z.strictObject({
  source,
  dataset: name,
  columns: z
    .record(columnName, column)
    .refine(
      (columns) => Object.keys(columns).length > 0 && Object.keys(columns).length <= 100,
      'expected 1 to 100 columns',
    ),
  key: z.array(columnName).min(1, 'expected the columns that tell rows apart').max(10),
  analytics: z.boolean().optional(),
  notify: z.array(z.string().min(1)).max(20).optional(),
  backup: z.boolean().optional(),
}) satisfies z.ZodType<Parameters<typeof etlPipeline>[0]>;

export const etlPipelineProcess: Process = {
  name: 'etl-pipeline',
  title: 'ETL pipeline',
  description:
    'Loads CSV, JSON lines or a table into a data set, a thousand rows at a time; bad rows are kept with the reason.',
  workflowType: 'etlPipeline',
  input: load,
  sample: {
    source: { kind: 'csv', file: { path: 'samples/support/banking77-train.csv' } },
    dataset: 'support-questions',
    columns: { question: { from: 'text', required: true }, intent: { from: 'category', required: true } },
    key: ['question'],
    analytics: true,
    notify: ['role:analyst'],
    backup: true,
  },
  approvers: [],
};
