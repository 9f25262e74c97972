/** Payments in test mode. Refunded ≤ captured ≤ authorized, always; the database keeps to it too. */
import type { Selectable, Transaction } from 'kysely';
import type { VendorTables } from '../migrations/vendors.ts';
import { buryCall } from './calls.ts';
import { refused } from './failures.ts';
import { idOf, type Sandbox } from './sandbox-call.ts';

interface Payment {
  readonly id: string;
  readonly authorizedCents: number;
  readonly capturedCents: number;
  readonly refundedCents: number;
  readonly voided: boolean;
}

/** Cards that are always declined, and what they are declined for. */
const testCards: Readonly<Record<string, string>> = {
  tok_declined: 'card declined',
  tok_insufficient: 'insufficient funds',
  tok_expired: 'card expired',
};

export const payment: Sandbox<'payment'> = {
  async authorize({ db, key, body, isUnlucky }) {
    const reason = testCards[body.card] ?? (isUnlucky || body.amountCents % 100 === 13 ? 'card declined' : undefined);
    if (reason !== undefined) return { status: 'declined', reason };
    const id = idOf('pay', key);
    await db
      .insertInto('vendor_payments')
      .values({ id, key, currency: body.currency, authorized_cents: body.amountCents })
      .execute();
    return { status: 'authorized', authorization: id, amountCents: body.amountCents };
  },

  async capture({ db, body: { authorization, amountCents } }) {
    const paid = await need(db, authorization);
    if (paid.voided) throw refused('payment', 'PaymentVoided', `${authorization} has been voided`);
    const left = paid.authorizedCents - paid.capturedCents;
    if (amountCents > left) throw exceeded('capture', amountCents, left);
    await change(db, authorization, { captured_cents: paid.capturedCents + amountCents });
    return { status: 'captured', authorization, amountCents };
  },

  async refund({ db, body }) {
    if (!('captureKey' in body)) return refund(db, body.authorization, body.amountCents);
    const captured = await buryCall(db, { vendor: 'payment', operation: 'capture', key: body.captureKey });
    if (captured === undefined || captured.undone_at !== null) return { status: 'nothing' };
    const { authorization, amountCents } = captured.answer as { authorization: string; amountCents: number };
    const paid = await need(db, authorization);
    // Parts may have been refunded before.
    const rest = Math.min(amountCents, paid.capturedCents - paid.refundedCents);
    return rest === 0 ? { status: 'nothing' } : refund(db, authorization, rest);
  },

  async void({ db, body: { authorizationKey } }) {
    const authorized = await buryCall(db, { vendor: 'payment', operation: 'authorize', key: authorizationKey });
    const answer = authorized?.answer as { authorization?: string } | undefined;
    if (answer?.authorization === undefined) return { status: 'nothing' };
    const paid = await need(db, answer.authorization);
    const kept = paid.capturedCents - paid.refundedCents;
    if (kept > 0) {
      throw refused('payment', 'PaymentCaptured', `${paid.id}: ${kept} cents are captured; refund them first`);
    }
    await change(db, paid.id, { voided: true });
    return { status: 'voided' };
  },
};

async function refund(db: Transaction<VendorTables>, authorization: string, amountCents: number) {
  const paid = await need(db, authorization);
  const left = paid.capturedCents - paid.refundedCents;
  if (amountCents > left) throw exceeded('refund', amountCents, left);
  await change(db, authorization, { refunded_cents: paid.refundedCents + amountCents });
  return { status: 'refunded' as const, authorization, amountCents };
}

async function need(db: Transaction<VendorTables>, id: string): Promise<Payment> {
  const row: Selectable<VendorTables['vendor_payments']> | undefined = await db
    .selectFrom('vendor_payments')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw refused('payment', 'VendorNotFound', `there is no payment ${id}`);
  return {
    id: row.id,
    authorizedCents: Number(row.authorized_cents),
    capturedCents: Number(row.captured_cents),
    refundedCents: Number(row.refunded_cents),
    voided: row.voided,
  };
}

async function change(
  db: Transaction<VendorTables>,
  id: string,
  values: { captured_cents: number } | { refunded_cents: number } | { voided: true },
): Promise<void> {
  await db.updateTable('vendor_payments').set(values).where('id', '=', id).execute();
}

function exceeded(what: string, asked: number, left: number): Error {
  return refused('payment', 'PaymentExceeded', `cannot ${what} ${asked} cents; at most ${left} are left`);
}
