import { approve, type Recording } from './recording.ts';

const expense = {
  employee: 'ada',
  amount: '1840.00',
  currency: 'EUR',
  category: 'travel',
  description: 'Train to Turin',
  date: '2026-11-12',
};

const process = { process: 'expense-approval', workflowType: 'expenseApproval' };

export const recordings: readonly Recording[] = [
  {
    ...process,
    name: 'approved',
    args: () => Promise.resolve([expense]),
    drive: (handle) => approve(handle, 'linus', ['approver']),
  },
  { ...process, name: 'expired', args: () => Promise.resolve([expense]) },
];
