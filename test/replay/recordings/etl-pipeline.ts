import { etlPipelineProcess } from '../../../src/catalog/etl-pipeline.ts';
import { failure } from '../../../src/failures.ts';
import type { Recording } from './recording.ts';

const load = { process: 'etl-pipeline', workflowType: 'etlPipeline' };

export const recordings: readonly Recording[] = [
  { ...load, name: 'loaded', args: () => Promise.resolve([etlPipelineProcess.sample]) },
  {
    ...load,
    name: 'partial',
    args: () => Promise.resolve([etlPipelineProcess.sample]),
    faults: (real) => ({
      loadRows: (ref, chunk) =>
        chunk.first > 10_000
          ? Promise.reject(failure('logic', 'the disk is full', { type: 'DiskFull' }))
          : real.loadRows(ref, chunk),
    }),
  },
];
