import { z } from 'zod';
import type { scheduledReport } from '../workflows/scheduled-report.ts';
import type { Process } from './process.ts';

const order = z.strictObject({
  hours: z
    .number()
    .positive('expected more than 0 hours')
    .max(24 * 366, 'expected at most a year'),
  to: z.array(z.string().min(3)).min(1, 'expected at least one recipient').max(50),
}) satisfies z.ZodType<Parameters<typeof scheduledReport>[0]>;

export const scheduledReportProcess: Process = {
  name: 'scheduled-report',
  title: 'Scheduled report',
  description: 'Adds up what runs did in the last hours, makes a page of it with charts, and mails it.',
  workflowType: 'scheduledReport',
  input: order,
  sample: { hours: 24, to: ['role:manager'] },
  approvers: [],
};
