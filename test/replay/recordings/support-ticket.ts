import { approve, type Recording } from './recording.ts';

const process = { process: 'support-ticket', workflowType: 'supportTicket' };
const ticket = (text: string) => () => Promise.resolve([{ from: 'maria.rossi@example.com', subject: '', text }]);

export const recordings: readonly Recording[] = [
  { ...process, name: 'automatic', args: ticket('How do I activate my card?') },
  {
    ...process,
    name: 'approved',
    args: ticket('My card does not work in the shop but it works online, sometimes'),
    drive: (handle) => approve(handle, 'hedy', ['agent']),
  },
  {
    ...process,
    name: 'escalated',
    args: ticket('My card was stolen and somebody is using it, this is terrible! Help me immediately!'),
  },
];
