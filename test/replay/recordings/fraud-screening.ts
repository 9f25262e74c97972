import { approve, type Recording } from './recording.ts';

const transaction = {
  customer: 'C-1001',
  email: 'customer@shop.example',
  home: 'DE',
  amount: '42.90',
  currency: 'EUR',
  goods: 'groceries',
  country: 'DE',
  device: 'terminal-17',
  at: '2026-11-20T14:05:00Z',
  answerWithinMs: 30_000,
};

const process = { process: 'fraud-screening', workflowType: 'fraudScreening' };

export const recordings: readonly Recording[] = [
  { ...process, name: 'passed', args: () => Promise.resolve([transaction]) },
  {
    ...process,
    name: 'released',
    args: () =>
      Promise.resolve([{ ...transaction, customer: 'C-1002', goods: 'electronics', amount: '380.00', country: 'BR' }]),
    async drive(handle) {
      for (const code of ['1', '2', '3']) await handle.signal('confirm', code);
      await approve(handle, 'hedy', ['investigator']);
    },
  },
];
