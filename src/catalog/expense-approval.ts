import { z } from 'zod';
import type { expenseApproval } from '../workflows/expense-approval.ts';
import type { Process } from './process.ts';

const expense = z.strictObject({
  employee: z.string().regex(/^[a-z0-9._-]+$/, 'expected a user name'),
  amount: z.coerce.string().regex(/^\d{1,7}(\.\d{1,2})?$/, 'expected an amount like 129.50'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency such as EUR'),
  category: z.enum(['travel', 'meals', 'equipment', 'training', 'other']),
  description: z.string().min(1).max(500),
  date: z.iso.date('expected a day such as 2026-11-20'),
}) satisfies z.ZodType<Parameters<typeof expenseApproval>[0]>;

export const expenseApprovalProcess: Process = {
  name: 'expense-approval',
  title: 'Expense approval',
  description: 'Checks an expense, has somebody else approve it if it is not small, and pays it once.',
  workflowType: 'expenseApproval',
  input: expense,
  sample: {
    employee: 'ada',
    amount: '1840.00',
    currency: 'EUR',
    category: 'travel',
    description: 'Train and hotel, conference in Turin',
    date: '2026-11-12',
  },
  requester: 'employee',
  approvers: ['role:approver', 'role:manager'],
};
