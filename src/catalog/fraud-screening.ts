import { z } from 'zod';
import type { fraudScreening } from '../workflows/fraud-screening.ts';
import type { Process } from './process.ts';

const country = z.string().regex(/^[A-Z]{2}$/, 'expected a country of two letters such as DE');

const transaction = z.strictObject({
  customer: z.string().min(1, 'expected the number of a customer').max(100),
  email: z.email('expected the mail address of the customer'),
  home: country,
  amount: z
    .string()
    .regex(/^\d{1,7}(\.\d{1,2})?$/, 'expected an amount like 129.50')
    .refine((amount) => Number(amount) > 0, 'expected more than 0'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency such as EUR'),
  goods: z.string().min(1, 'expected what is paid for, such as groceries').max(100),
  country,
  device: z.string().min(1, 'expected the number of a device').max(100),
  at: z.iso.datetime('expected a time in UTC such as 2026-11-20T14:05:00Z'),
  answerWithinMs: z.int().min(200, 'expected at least 200 ms').max(60_000, 'expected at most 60000 ms').optional(),
}) satisfies z.ZodType<Parameters<typeof fraudScreening>[0]>;

export const fraudScreeningProcess: Process = {
  name: 'fraud-screening',
  title: 'Fraud screening',
  description:
    'Scores a card transaction in time and lets it pass, blocks it, or asks the customer and an investigator.',
  workflowType: 'fraudScreening',
  earlyAnswer: 'screened',
  input: transaction,
  sample: {
    customer: 'C-1001',
    email: 'customer@shop.example',
    home: 'DE',
    amount: '42.90',
    currency: 'EUR',
    goods: 'groceries',
    country: 'DE',
    device: 'terminal-17',
    at: '2026-11-20T14:05:00Z',
  },
  approvers: ['role:investigator', 'role:compliance'],
};
