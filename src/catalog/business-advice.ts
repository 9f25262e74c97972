import { z } from 'zod';
import type { businessAdvice } from '../workflows/business-advice.ts';
import type { Process } from './process.ts';

const adviceRequest = z.strictObject({
  question: z.string().trim().min(10, 'expected a whole question').max(1000),
  background: z.string().trim().min(1).max(20_000).optional(),
  requester: z.string().regex(/^[a-z0-9._-]+$/, 'expected a user name'),
  budget: z
    .strictObject({
      usd: z.number().positive('expected dollars above 0').max(100).optional(),
      tokens: z.number().int().positive('expected a number of tokens above 0').max(5_000_000).optional(),
    })
    .optional(),
}) satisfies z.ZodType<Parameters<typeof businessAdvice>[0]>;

export const businessAdviceProcess: Process = {
  name: 'business-advice',
  title: 'Business advice',
  description: 'Analyst, strategist and implementer look at a question with documents and orders, within a budget.',
  workflowType: 'businessAdvice',
  input: adviceRequest,
  sample: {
    question: 'Which of our articles sell best, and what should we stock more of?',
    background: 'We sell tea and what belongs to it from three warehouses.',
    requester: 'katherine',
  },
  approvers: [],
};
