import { proposalGenerationProcess } from '../../../src/catalog/proposal-generation.ts';
import { failure } from '../../../src/failures.ts';
import type { Recording } from './recording.ts';

const proposals = {
  process: 'proposal-generation',
  workflowType: 'proposalGeneration',
  args: () => Promise.resolve([proposalGenerationProcess.sample]),
};

export const recordings: readonly Recording[] = [
  { ...proposals, name: 'delivered' },
  {
    ...proposals,
    name: 'rolled-back',
    faults: () => ({
      scheduleMilestones: () => Promise.reject(failure('logic', 'scheduleMilestones broke', { type: 'Broken' })),
    }),
  },
];
