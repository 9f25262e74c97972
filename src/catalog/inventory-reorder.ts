import { z } from 'zod';
import type { inventoryReorder } from '../workflows/inventory-reorder.ts';
import type { Process } from './process.ts';

const watch = z.strictObject({
  sku: z.string().regex(/^[A-Z0-9][A-Z0-9._-]{0,60}$/, 'expected an article number such as KETTLE-STEEL'),
  warehouse: z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected a warehouse such as turin'),
  threshold: z.int().min(0, 'expected 0 or more units').max(100_000),
  leadDays: z.int().min(0, 'expected 0 or more days').max(365),
  coverDays: z.int().min(1, 'expected at least 1 day').max(365),
  checkHours: z.number().min(0.01, 'expected at least 0.01 hours').max(168, 'expected at most 168 hours'),
  approveAboveCents: z.int().min(0, 'expected 0 or more cents'),
  requester: z.string().min(1).exactOptional(),
}) satisfies z.ZodType<Parameters<typeof inventoryReorder>[0]>;

export const inventoryReorderProcess: Process = {
  name: 'inventory-reorder',
  title: 'Inventory reorder',
  description: 'Watches one article for months and orders it when it runs low; a buyer approves large orders.',
  workflowType: 'inventoryReorder',
  input: watch,
  sample: {
    sku: 'KETTLE-STEEL',
    warehouse: 'turin',
    threshold: 40,
    leadDays: 7,
    coverDays: 30,
    checkHours: 1,
    approveAboveCents: 5_000,
  },
  approvers: ['role:buyer'],
  // One watch an article: a second start finds the first.
  runId: (input) => `inventory-reorder-${(input as z.infer<typeof watch>).sku}`,
};
