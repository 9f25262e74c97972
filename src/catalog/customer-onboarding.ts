import { z } from 'zod';
import type { customerOnboarding } from '../workflows/customer-onboarding.ts';
import type { Process } from './process.ts';

const application = z.strictObject({
  email: z.email('expected an address like maria@example.com').max(254),
  name: z.string().trim().min(1, 'expected a name').max(200),
  company: z.string().trim().min(1).max(200).optional(),
  country: z.string().regex(/^[A-Z]{2}$/, 'expected a country such as DE'),
  documentNumber: z.string().regex(/^[A-Za-z0-9-]{3,40}$/, 'expected the number of an identity document'),
  birthDate: z.iso.date('expected a day such as 1987-04-02').optional(),
  plan: z.enum(['starter', 'team']),
  language: z.enum(['en', 'de', 'fr']).optional(),
}) satisfies z.ZodType<Parameters<typeof customerOnboarding>[0]>;

export const customerOnboardingProcess: Process = {
  name: 'customer-onboarding',
  title: 'Customer onboarding',
  description:
    'Confirms an address, sets up the account, verifies the identity, then personalizes and welcomes; each part is a run of its own.',
  workflowType: 'customerOnboarding',
  input: application,
  sample: {
    email: 'maria@example.com',
    name: 'Maria Sibylla Merian',
    company: 'Merian Prints',
    country: 'DE',
    documentNumber: 'L01X00T47',
    birthDate: '1987-04-02',
    plan: 'team',
  },
  approvers: ['role:compliance'],
};
