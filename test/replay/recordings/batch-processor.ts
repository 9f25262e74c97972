import { batchProcessorProcess } from '../../../src/catalog/batch-processor.ts';
import { failure } from '../../../src/failures.ts';
import type { Recording } from './recording.ts';

const { sample } = batchProcessorProcess;
const process = { process: 'batch-processor', workflowType: 'batchProcessor' };

export const recordings: readonly Recording[] = [
  { ...process, name: 'complete', args: () => Promise.resolve([sample]) },
  {
    ...process,
    name: 'partial',
    args: () => Promise.resolve([{ requests: partly() }]),
    faults: () => ({
      gatherReport: () => Promise.reject(failure('logic', 'no figures yet', { type: 'Broken' })),
    }),
  },
];

/** The same under other ids: each request is done once. */
function partly(): object[] {
  const { requests } = sample as { requests: { id: string }[] };
  return requests.map((request) => ({ ...request, id: `${request.id}-again` }));
}
