import { dataEnrichmentProcess } from '../../../src/catalog/data-enrichment.ts';
import type { Recording } from './recording.ts';

export const recordings: readonly Recording[] = [
  {
    process: 'data-enrichment',
    workflowType: 'dataEnrichment',
    name: 'enriched',
    args: () => Promise.resolve([dataEnrichmentProcess.sample]),
  },
];
