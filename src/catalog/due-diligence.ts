import { z } from 'zod';
import type { dueDiligence } from '../workflows/due-diligence.ts';
import type { Process } from './process.ts';

const name = z.string().trim().min(2, 'expected a name').max(200);

const applicant = z.strictObject({
  name,
  alsoKnownAs: z.array(name).max(5, 'expected at most 5 other names').optional(),
  documentNumber: z.string().min(4, 'expected the number of a passport or identity card').max(40),
  birthDate: z.iso.date('expected a day such as 1980-05-17'),
  country: z.string().regex(/^[A-Z]{2}$/, 'expected a country of two letters such as DE'),
  taxId: z.string().min(1).max(40).optional(),
  referees: z.array(name).min(1, 'expected at least one referee').max(10, 'expected at most 10 referees'),
  requester: z
    .string()
    .regex(/^[a-z0-9._-]+$/, 'expected a user name')
    .optional(),
}) satisfies z.ZodType<Parameters<typeof dueDiligence>[0]>;

export const dueDiligenceProcess: Process = {
  name: 'due-diligence',
  title: 'Due diligence',
  description:
    'Checks identity, credit, references and background of an applicant at the same time; an analyst decides what is in doubt.',
  workflowType: 'dueDiligence',
  input: applicant,
  sample: {
    name: 'Emmy Noether',
    documentNumber: 'C01X00T47',
    birthDate: '1982-03-23',
    country: 'DE',
    referees: ['David Hilbert', 'Felix Klein', 'A silent referee'],
    requester: 'katherine',
  },
  approvers: ['role:analyst', 'role:compliance'],
};
