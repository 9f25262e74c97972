/** Calls by their idempotency key, and tombstones for what was undone. */
import { createHash } from 'node:crypto';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { VendorTables } from '../migrations/vendors.ts';
import type { Vendor } from './contract.ts';

/** What a call is known by. */
export interface CallId {
  readonly vendor: Vendor;
  readonly operation: string;
  readonly key: string;
}

type Call = Selectable<VendorTables['vendor_calls']>;

/** Keeps a call and its undo from running at the same time; held until the transaction ends. */
export async function lockCall(trx: Transaction<VendorTables>, id: CallId): Promise<void> {
  const lock = createHash('sha256')
    .update(JSON.stringify([id.vendor, id.operation, id.key]))
    .digest()
    .readBigInt64BE();
  await sql`select pg_advisory_xact_lock(${lock.toString()}::bigint)`.execute(trx);
}

export function findCall(trx: Transaction<VendorTables>, id: CallId): Promise<Call | undefined> {
  return trx
    .selectFrom('vendor_calls')
    .selectAll()
    .where('vendor', '=', id.vendor)
    .where('operation', '=', id.operation)
    .where('key', '=', id.key)
    .executeTakeFirst();
}

export async function keepAnswer(
  trx: Transaction<VendorTables>,
  id: CallId,
  fingerprint: string,
  answer: unknown,
): Promise<void> {
  await trx
    .insertInto('vendor_calls')
    .values({ ...id, fingerprint, answer: sql`${JSON.stringify(answer)}::jsonb`, undone_at: null })
    .execute();
}

/**
 * Marks a call as undone, whether it came or not, so that it is refused from now on. Returns the call as it stood:
 * `undefined` if it never came.
 */
export async function buryCall(trx: Transaction<VendorTables>, id: CallId): Promise<Call | undefined> {
  await lockCall(trx, id);
  const before = await findCall(trx, id);
  if (before === undefined) {
    await trx
      .insertInto('vendor_calls')
      .values({ ...id, fingerprint: null, answer: null, undone_at: sql`now()` })
      .execute();
    return undefined;
  }
  if (before.undone_at === null) {
    await trx
      .updateTable('vendor_calls')
      .set({ undone_at: sql`now()` })
      .where('vendor', '=', id.vendor)
      .where('operation', '=', id.operation)
      .where('key', '=', id.key)
      .execute();
  }
  return before.fingerprint === null ? undefined : before;
}
