import { z } from 'zod';
import type { supportTicket } from '../workflows/support-ticket.ts';
import type { Process } from './process.ts';

const ticket = z.strictObject({
  from: z.email('expected the mail address of the customer'),
  subject: z.string().max(200, 'expected at most 200 characters').default(''),
  text: z.string().trim().min(1, 'expected the words of the customer').max(5_000, 'expected at most 5000 characters'),
}) satisfies z.ZodType<Parameters<typeof supportTicket>[0]>;

export const supportTicketProcess: Process = {
  name: 'support-ticket',
  title: 'Support ticket',
  description: 'Answers a customer at once where it is sure of the question, else with an agent, and follows up.',
  workflowType: 'supportTicket',
  input: ticket,
  sample: {
    from: 'maria.rossi@example.com',
    subject: 'Transfer',
    text: 'I sent money to a friend on Monday and she says that nothing has come. What is going on?',
  },
  approvers: ['role:agent', 'role:agent-lead'],
};
