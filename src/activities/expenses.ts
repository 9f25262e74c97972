/** Activities on expenses. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import type { Directory } from '../services/directory.ts';
import * as store from '../services/expense-store.ts';
import { toCents } from '../services/money.ts';
import { payOnce, refundOnce, type PaymentOutcome } from '../services/payments.ts';
import type { Vendors } from '../services/vendors.ts';

export type { Expense } from '../services/expense-store.ts';
export type { PaymentOutcome } from '../services/payments.ts';
type Expense = store.Expense;

/** What checking gave. `automatic`: small enough to need no approver. */
interface Checked {
  readonly problems: readonly string[];
  readonly automatic: boolean;
}

export interface ExpenseServices {
  readonly db: Database;
  readonly vendors: Vendors;
  readonly directory: Directory;
  /** Expenses below this many cents need no approver. */
  readonly expenseLimitCents: number;
}

export interface ExpenseActivities {
  checkExpense(expense: Expense): Promise<Checked>;
  recordExpense(id: string, expense: Expense): Promise<{ readonly id: string }>;
  /** Takes an open expense back; fine if it never was recorded. */
  withdrawExpense(id: string): Promise<void>;
  payExpense(key: string, expense: Expense): Promise<PaymentOutcome>;
  /** Gets the money back; fine if it never was paid. */
  refundExpense(key: string): Promise<void>;
  closeExpense(id: string, outcome: Outcome): Promise<void>;
}

interface Outcome {
  readonly status: 'paid' | 'declined' | 'rejected' | 'expired';
  readonly by?: string | readonly string[];
  readonly reason?: string;
}

export function createExpenseActivities(services: ExpenseServices): ExpenseActivities {
  const { db, directory, expenseLimitCents } = services;
  return {
    async checkExpense({ amount, date, employee }) {
      const problems = [
        ...(toCents(amount) > 0 ? [] : ['amount: expected more than 0']),
        ...(Date.parse(date) <= Date.now() ? [] : [`date: ${date} is in the future`]),
        ...(directory.rolesOf(employee) ? [] : [`employee: there is no user '${employee}'`]),
      ];
      return { problems, automatic: toCents(amount) < expenseLimitCents };
    },
    async recordExpense(id, expense) {
      await store.insertExpense(db, id, expense);
      return { id };
    },
    withdrawExpense: (id) => store.deleteOpenExpense(db, id),
    payExpense(key, { employee, amount, currency, description }) {
      const payment = { key, payee: employee, amountCents: toCents(amount), currency, purpose: description };
      return payOnce(services, payment, cancellationSignal());
    },
    refundExpense: (key) => refundOnce(services, key, cancellationSignal()),
    async closeExpense(id, { status, by, reason }) {
      const deciders = by === undefined ? null : [by].flat().join(', ');
      await store.endExpense(db, id, { status, by: deciders, reason: reason ?? null });
    },
  };
}
