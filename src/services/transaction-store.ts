/** Card transactions, blocks and codes as rows: one of each for a run, whatever is repeated. */
import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { fromCents, toCents } from './money.ts';

/** A payment by card that somebody wants to make now. */
export interface CardTransaction {
  readonly customer: string;
  /** Where the customer can be asked. */
  readonly email: string;
  /** Country of the customer, two letters. */
  readonly home: string;
  /** Decimal text such as `129.50`. */
  readonly amount: string;
  readonly currency: string;
  readonly goods: string;
  /** Country in which the card is used, two letters. */
  readonly country: string;
  /** What the card is used with: a phone, a terminal. */
  readonly device: string;
  /** When, ISO. */
  readonly at: string;
}

/** What is known of a customer. Times count back from the transaction, which itself does not count. */
export interface History {
  readonly transactions: number;
  readonly lastHour: number;
  /** Mean amount of those that went through, decimal text; `null` without any. */
  readonly averageAmount: string | null;
  /** A block on the customer that stands. */
  readonly isBlocked: boolean;
}

/** What is known of a device. */
export interface DeviceUse {
  readonly usedBefore: boolean;
  readonly otherCustomers: number;
  /** A block that was placed for it stands. */
  readonly isBlocked: boolean;
}

/** How a transaction ended. */
export interface TransactionEnding {
  readonly status: 'passed' | 'released' | 'blocked';
  readonly score: number | null;
  readonly by: string;
  readonly reason: string | null;
}

function rowOf(id: string, transaction: CardTransaction) {
  const { customer, amount, currency, country, device, at } = transaction;
  const what = { customer, amount_cents: toCents(amount), currency, country, device, occurred_at: new Date(at) };
  return { run_id: id, ...what, status: 'screening' as const, score: null, decided_by: null, reason: null };
}

/** Records a transaction that is being screened; the same id again changes nothing. */
export async function insertTransaction(db: Database, id: string, transaction: CardTransaction): Promise<void> {
  await db
    .insertInto('card_transactions')
    .values(rowOf(id, transaction))
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
}

/** Takes a transaction back that was never decided; fine if it never was there. */
export async function deleteOpenTransaction(db: Database, id: string): Promise<void> {
  await db.deleteFrom('card_transactions').where('run_id', '=', id).where('status', '=', 'screening').execute();
  await db.deleteFrom('step_up_codes').where('run_id', '=', id).execute();
}

/** Writes down how it ended, and records it if that was not done before. A blocked one blocks customer and device. */
export async function endTransaction(
  db: Database,
  id: string,
  transaction: CardTransaction,
  ending: TransactionEnding,
): Promise<void> {
  const { status, score, by, reason } = ending;
  const ended = { status, score, decided_by: by, reason };
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('card_transactions')
      .values({ ...rowOf(id, transaction), ...ended })
      .onConflict((conflict) => conflict.column('run_id').doUpdateSet(ended))
      .execute();
    await tx.deleteFrom('step_up_codes').where('run_id', '=', id).execute();
    if (status !== 'blocked') return;
    const { customer, device } = transaction;
    await tx
      .insertInto('card_blocks')
      .values({ run_id: id, customer, device, reason: reason ?? 'blocked', lifted_at: null })
      .onConflict((conflict) => conflict.column('run_id').doNothing())
      .execute();
  });
}

/** The customer's earlier transactions, without the one of `id`. */
export async function historyOf(db: Database, id: string, { customer, at }: CardTransaction): Promise<History> {
  const before = new Date(at);
  const row = await db
    .selectFrom('card_transactions')
    .select([
      sql<number>`count(*)::int`.as('transactions'),
      sql<number>`(count(*) filter (where occurred_at > ${before}::timestamptz - interval '1 hour'))::int`.as(
        'lastHour',
      ),
      sql<number | null>`(avg(amount_cents) filter (where status in ('passed', 'released')))::float8`.as('average'),
    ])
    .where('customer', '=', customer)
    .where('run_id', '<>', id)
    .where('occurred_at', '<=', before)
    .executeTakeFirstOrThrow();
  const { transactions, lastHour, average } = row;
  const averageAmount = average === null ? null : fromCents(Math.round(average));
  return { transactions, lastHour, averageAmount, isBlocked: await isBlocked(db, 'customer', customer) };
}

/** Who else has used a device, without the transaction of `id`. */
export async function deviceUseOf(db: Database, id: string, transaction: CardTransaction): Promise<DeviceUse> {
  const { device, customer } = transaction;
  const { own, others } = await db
    .selectFrom('card_transactions')
    .select([
      sql<number>`(count(*) filter (where customer = ${customer}))::int`.as('own'),
      sql<number>`(count(distinct customer) filter (where customer <> ${customer}))::int`.as('others'),
    ])
    .where('device', '=', device)
    .where('run_id', '<>', id)
    .executeTakeFirstOrThrow();
  return { usedBefore: own > 0, otherCustomers: others, isBlocked: await isBlocked(db, 'device', device) };
}

async function isBlocked(db: Database, column: 'customer' | 'device', value: string): Promise<boolean> {
  const block = await db
    .selectFrom('card_blocks')
    .select('run_id')
    .where(column, '=', value)
    .where('lifted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return block !== undefined;
}

/** The code of a run, made at the first call: six digits. */
export async function stepUpCode(db: Database, id: string): Promise<string> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await db
    .insertInto('step_up_codes')
    .values({ run_id: id, code })
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
  const row = await db.selectFrom('step_up_codes').select('code').where('run_id', '=', id).executeTakeFirstOrThrow();
  return row.code;
}

/** Whether this is the code that the customer was sent. */
export async function isStepUpCode(db: Database, id: string, given: string): Promise<boolean> {
  const row = await db.selectFrom('step_up_codes').select('code').where('run_id', '=', id).executeTakeFirst();
  return row?.code === given.trim();
}
