import { contentPublishingProcess } from '../../../src/catalog/content-publishing.ts';
import { approve, type Recording } from './recording.ts';

const publishing = { process: 'content-publishing', workflowType: 'contentPublishing' };

export const recordings: readonly Recording[] = [
  {
    ...publishing,
    name: 'published',
    args: () => Promise.resolve([contentPublishingProcess.sample]),
    drive: (handle) => approve(handle, 'ada', ['editor']),
  },
  { ...publishing, name: 'expired', args: () => Promise.resolve([{ path: 'samples/documents/letter.txt' }]) },
];
