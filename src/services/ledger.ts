/** The books: each booking moves an amount from one account to another, so that debit and credit are always equal. */
import type { Trx } from './effects.ts';

/** `clearing`: with the payment service. `prepayments`: paid by customers, not delivered yet. */
type Account = 'clearing' | 'prepayments' | 'sales' | 'goods' | 'payables';

/** A booking; its key is unique. */
export interface Booking {
  readonly key: string;
  /** What it is about: an order, a delivery. */
  readonly reference: string;
  readonly debit: Account;
  readonly credit: Account;
  /** More than 0. */
  readonly amountCents: number;
  readonly currency: string;
}

/** Books within a transaction of the effect that it belongs to, which sees to it that it happens once. */
export async function book(trx: Trx, { amountCents, ...booking }: Booking): Promise<void> {
  await trx
    .insertInto('ledger')
    .values({ ...booking, amount_cents: amountCents })
    .execute();
}
