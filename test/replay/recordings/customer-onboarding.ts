import type { Recording } from './recording.ts';

const application = {
  name: 'Maria Sibylla Merian',
  company: 'Merian Prints',
  country: 'DE',
  documentNumber: 'L01X00T47',
  plan: 'team',
};

const process = { process: 'customer-onboarding', workflowType: 'customerOnboarding' };

export const recordings: readonly Recording[] = [
  {
    ...process,
    name: 'active',
    args: () => Promise.resolve([{ ...application, email: 'maria@example.com' }]),
    drive: (handle) => handle.signal('confirmEmail'),
  },
  { ...process, name: 'expired', args: () => Promise.resolve([{ ...application, email: 'nobody@example.com' }]) },
];
