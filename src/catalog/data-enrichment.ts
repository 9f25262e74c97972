import { z } from 'zod';
import type { dataEnrichment } from '../workflows/data-enrichment.ts';
import type { Process } from './process.ts';

const row = z.strictObject({ key: z.string().min(1).max(600), data: z.record(z.string(), z.string().max(10_000)) });

const enrichment = z.strictObject({
  dataset: z.string().regex(/^[a-z][a-z0-9_-]{0,60}$/, 'expected the name of a data set, such as offices'),
  column: z.string().min(1, 'expected the column that the source is asked about').max(61),
  maxAgeHours: z.number().nonnegative().max(100_000).optional(),
  rows: z.array(row).max(500, 'expected at most 500 rows; load more with etl-pipeline').optional(),
}) satisfies z.ZodType<Parameters<typeof dataEnrichment>[0]>;

export const dataEnrichmentProcess: Process = {
  name: 'data-enrichment',
  title: 'Data enrichment',
  description:
    'Asks an outside source about each row of a data set, never oftener than it allows, and stores the answers.',
  workflowType: 'dataEnrichment',
  input: enrichment,
  sample: {
    dataset: 'offices',
    column: 'country',
    rows: [
      { key: 'lisbon', data: { city: 'Lisbon', country: 'PT' } },
      { key: 'porto', data: { city: 'Porto', country: 'PT' } },
      { key: 'kyoto', data: { city: 'Kyoto', country: 'JP' } },
      { key: 'tbilisi', data: { city: 'Tbilisi', country: 'GE' } },
      { key: 'atlantis', data: { city: 'Atlantis', country: 'ZZ' } },
    ],
  },
  approvers: [],
};
