/** Payments that processes make: a row for each key, and one payment with the vendor, whatever is repeated. */
import type { Database } from './database.ts';
import type { Vendors } from './vendors.ts';

/** Money that goes to somebody. */
export interface Payment {
  /** Idempotency key. */
  readonly key: string;
  /** Account or name of who is paid. */
  readonly payee: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly purpose: string;
}

/** `declined`: the payment service said no, for good. */
export type PaymentOutcome =
  { readonly status: 'paid'; readonly reference: string } | { readonly status: 'declined'; readonly reason: string };

const stepKey = (key: string, step: 'authorize' | 'capture'): string => `${key}/${step}`;

/** Pays once for each key. Fails as the vendor `payment` fails; then the same key may be tried again. */
export async function payOnce(
  { db, vendors }: { readonly db: Database; readonly vendors: Vendors },
  payment: Payment,
  signal?: AbortSignal,
): Promise<PaymentOutcome> {
  const { key, payee, amountCents, currency, purpose } = payment;
  await db
    .insertInto('payments')
    .values({ key, payee, amount_cents: amountCents, currency, purpose, status: 'requested', reference: null })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const options = (step: 'authorize' | 'capture') => ({ key: stepKey(key, step), signal });
  const body = { amountCents, currency, card: `account:${payee}` };
  const authorized = await vendors.request('payment', 'authorize', body, options('authorize'));
  if (authorized.status === 'declined') {
    await db.updateTable('payments').set({ status: 'declined' }).where('key', '=', key).execute();
    return authorized;
  }
  const { authorization: reference } = authorized;
  await vendors.request('payment', 'capture', { authorization: reference, amountCents }, options('capture'));
  await db.updateTable('payments').set({ status: 'paid', reference }).where('key', '=', key).execute();
  return { status: 'paid', reference };
}

/** Undoes {@link payOnce}: the money comes back, and a payment that arrives later under this key is refused. */
export async function refundOnce(
  { db, vendors }: { readonly db: Database; readonly vendors: Vendors },
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  const options = (step: string) => ({ key: `${key}/${step}`, signal });
  await vendors.request('payment', 'refund', { captureKey: stepKey(key, 'capture') }, options('refund'));
  await vendors.request('payment', 'void', { authorizationKey: stepKey(key, 'authorize') }, options('void'));
  await db.updateTable('payments').set({ status: 'refunded' }).where('key', '=', key).execute();
}
