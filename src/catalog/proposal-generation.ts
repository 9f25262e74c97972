import { z } from 'zod';
import type { proposalGeneration } from '../workflows/proposal-generation.ts';
import type { Process } from './process.ts';

const proposalInput = z.strictObject({
  client: z.string().trim().min(1).max(200),
  title: z.string().trim().min(1).max(200),
  need: z.string().trim().min(10, 'expected a sentence on what the client needs').max(5000),
  requirements: z.array(z.string().trim().min(3).max(500)).min(1, 'expected at least one requirement').max(40),
  budget: z.string().regex(/^\d{1,8}(\.\d{1,2})?$/, 'expected an amount like 48000.00'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency such as EUR'),
  weeks: z.number().int().min(1).max(200),
  requester: z.string().regex(/^[a-z0-9._-]+$/, 'expected a user name'),
}) satisfies z.ZodType<Parameters<typeof proposalGeneration>[0]>;

export const proposalGenerationProcess: Process = {
  name: 'proposal-generation',
  title: 'Proposal generation',
  description: 'Answers a request: a simple one from a template, a complex one after three reviews and refinement.',
  workflowType: 'proposalGeneration',
  input: proposalInput,
  sample: {
    client: 'Clinica San Martino',
    title: 'A portal for referrals',
    need: 'Doctors outside of the clinic send us patients on paper. We want a portal that takes referrals and patient data, and that tells the doctors what became of them.',
    requirements: [
      'Doctors log in with single sign-on',
      'Referrals are approved by a ward before a bed is promised',
      'Patient data is imported from the old system',
      'An interface to the laboratory',
      'A dashboard of open referrals',
      'The portal speaks Italian and German',
    ],
    budget: '60000.00',
    currency: 'EUR',
    weeks: 8,
    requester: 'joan',
  },
  approvers: [],
};
