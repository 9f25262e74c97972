/** Activities that screen a card transaction. What is found out about it comes in parts, any of which may be missing. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import type { DeviceFeatures, Facts, HistoryFeatures, TransactionFeatures } from '../services/fraud/features.ts';
import { trainFraudModel, type FraudModel, type FraudScore } from '../services/fraud/model.ts';
import type { Mailer } from '../services/mail.ts';
import * as store from '../services/transaction-store.ts';

export type { CardTransaction, TransactionEnding } from '../services/transaction-store.ts';
export type { Facts } from '../services/fraud/features.ts';
export type { FraudScore } from '../services/fraud/model.ts';
type CardTransaction = store.CardTransaction;

/** A part of the facts, and whether a block stands that decides by itself. */
interface LookedUp<F> {
  readonly features: F;
  readonly isBlocked: boolean;
}

export interface FraudServices {
  readonly db: Database;
  readonly mail: Mailer;
}

export interface FraudActivities {
  recordTransaction(id: string, transaction: CardTransaction): Promise<void>;
  /** Takes an undecided transaction back; fine if it never was recorded. */
  withdrawTransaction(id: string): Promise<void>;
  /** Writes the decision down; a blocked transaction blocks customer and device with it. */
  settleTransaction(id: string, transaction: CardTransaction, ending: store.TransactionEnding): Promise<void>;
  describeTransaction(transaction: CardTransaction): Promise<TransactionFeatures>;
  recallHistory(id: string, transaction: CardTransaction): Promise<LookedUp<HistoryFeatures>>;
  lookUpDevice(id: string, transaction: CardTransaction): Promise<LookedUp<DeviceFeatures>>;
  scoreTransaction(facts: Facts): Promise<FraudScore>;
  /** Mails the customer the code of this run, once. */
  sendStepUpCode(id: string, transaction: CardTransaction): Promise<void>;
  verifyStepUpCode(id: string, given: string): Promise<boolean>;
}

export function createFraudActivities({ db, mail }: FraudServices): FraudActivities {
  let training: Promise<FraudModel> | undefined;
  const model = (): Promise<FraudModel> => {
    training ??= trainFraudModel().catch((error: unknown) => {
      training = undefined;
      throw error;
    });
    return training;
  };
  return {
    recordTransaction: (id, transaction) => store.insertTransaction(db, id, transaction),
    withdrawTransaction: (id) => store.deleteOpenTransaction(db, id),
    settleTransaction: (id, transaction, ending) => store.endTransaction(db, id, transaction, ending),
    describeTransaction: async (transaction) => describe(transaction),
    async recallHistory(id, transaction) {
      const history = await store.historyOf(db, id, transaction);
      const { transactions, lastHour, averageAmount, isBlocked } = history;
      const logRatio =
        averageAmount === null ? 0 : Math.log(Number(transaction.amount) / Math.max(0.01, Number(averageAmount)));
      const features = { logRatio, lastHour: Math.min(10, lastHour), newCustomer: transactions === 0 ? 1 : 0 };
      return { features, isBlocked };
    },
    async lookUpDevice(id, transaction) {
      const { usedBefore, otherCustomers, isBlocked } = await store.deviceUseOf(db, id, transaction);
      return { features: { newDevice: usedBefore ? 0 : 1, others: Math.min(5, otherCustomers) }, isBlocked };
    },
    scoreTransaction: async (facts) => (await model()).score(facts),
    async sendStepUpCode(id, { email, amount, currency, goods }) {
      const code = await store.stepUpCode(db, id);
      const what = `${amount} ${currency} for ${goods}`;
      const text = `Your code is ${code}. Give it only if you are paying ${what} right now.`;
      const message = { to: email, subject: `Is this you? ${what}`, text, key: `${id}/step-up` };
      await mail.send(message, cancellationSignal());
    },
    verifyStepUpCode: (id, given) => store.isStepUpCode(db, id, given),
  };
}

/** Goods that are easily turned into money. */
const riskyGoods: readonly string[] = ['gift-cards', 'crypto', 'gambling', 'electronics'];
const nightEndsAt = 5;

function describe({ amount, at, country, home, goods }: CardTransaction): TransactionFeatures {
  return {
    logAmount: Math.log(Number(amount)),
    night: new Date(at).getUTCHours() < nightEndsAt ? 1 : 0,
    abroad: country === home ? 0 : 1,
    riskyGoods: riskyGoods.includes(goods) ? 1 : 0,
  };
}
