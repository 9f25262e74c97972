import { z } from 'zod';
import type { incidentResponse } from '../workflows/incident-response.ts';
import type { Process } from './process.ts';

const alert = z.strictObject({
  service: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'expected the name of a service such as checkout-api'),
  severity: z.enum(['info', 'warning', 'critical'], 'expected info, warning or critical'),
  title: z.string().trim().min(1, 'expected a title').max(200, 'expected at most 200 characters'),
  description: z.string().trim().min(1, 'expected a description').max(10_000, 'expected at most 10000 characters'),
  id: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'expected letters, digits, dot, colon, dash')
    .optional(),
}) satisfies z.ZodType<Parameters<typeof incidentResponse>[0]>;

export const incidentResponseProcess: Process = {
  name: 'incident-response',
  title: 'Incident response',
  description: 'Pages whoever is on call, restarts what may be restarted until it is healthy, and hands over the rest.',
  workflowType: 'incidentResponse',
  input: alert,
  sample: {
    service: 'checkout-api',
    severity: 'critical',
    title: 'More than 5 % of payments fail',
    description:
      'Since 09:40 the checkout API answers one request in twelve with status 502. Its memory grows steadily.',
  },
  approvers: ['role:on-call', 'role:on-call-lead'],
  runId: (input) => {
    const { id } = input as z.infer<typeof alert>;
    return `incident-response-${id ?? crypto.randomUUID()}`;
  },
};
