import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { Expense, ExpenseActivities, PaymentOutcome } from '../activities/expenses.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { approvalGate, type GateDecision } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { saga, type SagaScope } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

/** What became of an expense. `by`: the approvers, or `policy` when it needed none. */
export type ExpenseResult = { readonly audit?: readonly AuditEntry[] } & (
  | { readonly status: 'invalid'; readonly problems: readonly string[] }
  | { readonly status: 'paid'; readonly by: readonly string[]; readonly reference: string }
  | { readonly status: 'declined'; readonly by: readonly string[]; readonly reason: string }
  | { readonly status: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly status: 'expired' }
);

const expenses = proxyActivities<ExpenseActivities>(ordinary);
const paying = proxyActivities<ExpenseActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Pays an expense once: small ones at once, others after somebody else than the spender has approved. */
export async function expenseApproval(expense: Expense): Promise<ExpenseResult> {
  const { problems, automatic } = await stage('validate', () => expenses.checkExpense(expense));
  if (problems.length > 0) return { status: 'invalid', problems };

  const result = await saga<ExpenseResult>(async (tx) => {
    const record = await tx.step(
      'record',
      (id) => expenses.recordExpense(id, expense),
      (_, id) => paying.withdrawExpense(id),
    );
    const decision = automatic ? byPolicy : await askApprover(expense);
    const outcome = decision.status === 'approved' ? { ...(await pay(tx, expense)), by: decision.by } : decision;
    tx.pivot();
    // What was paid or refused is written down, whoever cancels now.
    await CancellationScope.nonCancellable(() => stage('close', () => paying.closeExpense(record.id, outcome)));
    return { ...outcome, audit: decision.audit };
  });

  const message = { to: [`user:${expense.employee}`], ...letterAbout(expense, result) };
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), message), undefined));
  return result;
}

const byPolicy = { status: 'approved', by: ['policy'], audit: [] } as const;

function pay(tx: SagaScope, expense: Expense): Promise<PaymentOutcome> {
  return tx.step(
    'pay',
    (id) => paying.payExpense(id, expense),
    (_, id) => paying.refundExpense(id),
  );
}

/** An approver has a day; after half of it a manager may decide as well. */
async function askApprover(expense: Expense): Promise<GateDecision<never>> {
  return approvalGate({
    name: 'approval',
    subject: expense,
    approvers: ['role:approver'],
    requester: expense.employee,
    timeout: '24 hours',
    remindEvery: '8 hours',
    escalate: [{ after: '12 hours', approvers: ['role:manager'] }],
    notify: remind,
  }).decision();
}

function letterAbout(expense: Expense, result: ExpenseResult): { subject: string; text: string } {
  const what = `${expense.amount} ${expense.currency} for ${expense.description}`;
  const why = 'reason' in result ? `: ${result.reason}` : '';
  return { subject: `Expense ${result.status}: ${what}`, text: `Your expense of ${what} was ${result.status}${why}.` };
}
