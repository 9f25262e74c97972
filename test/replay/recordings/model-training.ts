import type { Harness } from '../../support/harness.ts';
import { labelledCsv } from '../../support/labelled.ts';
import { approve, type Recording } from './recording.ts';

const process = { process: 'model-training', workflowType: 'modelTraining' };
const order = (task: string) => async (harness: Harness) => {
  const data = { hash: await harness.services.files.put(Buffer.from(labelledCsv())) };
  return [{ task, data }];
};

export const recordings: readonly Recording[] = [
  {
    ...process,
    name: 'deployed',
    args: order('topic'),
    drive: (handle) => approve(handle, 'ada', ['ml-engineer']),
  },
  // What was deployed by the recording before serves, and this is no better.
  { ...process, name: 'kept', args: order('topic') },
];
