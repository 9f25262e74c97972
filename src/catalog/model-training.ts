import { z } from 'zod';
import type { modelTraining } from '../workflows/model-training.ts';
import type { Process } from './process.ts';

const dataFile = z.union(
  [
    z.strictObject({ path: z.string().min(1, 'expected the path of a CSV file') }),
    z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex') }),
  ],
  { error: 'expected { "path": "examples.csv" }, or { "hash" } of a file in the file store' },
);

const order = z.strictObject({
  task: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected a task such as intent'),
  data: dataFile.optional(),
  canary: dataFile.optional(),
  requester: z.string().min(1).optional(),
}) satisfies z.ZodType<Parameters<typeof modelTraining>[0]>;

export const modelTrainingProcess: Process = {
  name: 'model-training',
  title: 'Model training',
  description: 'Trains a classifier and lets it serve if it is better, an engineer agrees, and a canary check passes.',
  workflowType: 'modelTraining',
  input: order,
  sample: { task: 'sentiment' },
  approvers: ['role:ml-engineer'],
};
