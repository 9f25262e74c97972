/** What the sandbox's vendors are made of. */
import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { VendorTables } from '../migrations/vendors.ts';
import type { Behaviour } from './behaviour.ts';
import type { Answer, Body, Operation, Vendor } from './contract.ts';

/** One call, inside its transaction. */
export interface SandboxCall<B> {
  readonly db: Transaction<VendorTables>;
  readonly key: string;
  readonly body: B;
  readonly behaviour: Behaviour;
  /** Whether the set rate of declines hits this call; the same for the same key. */
  readonly isUnlucky: boolean;
}

/** A vendor of the sandbox: a function for each operation of its contract. */
export type Sandbox<V extends Vendor> = {
  readonly [O in Operation<V>]: (call: SandboxCall<Body<V, O>>) => Answer<V, O> | Promise<Answer<V, O>>;
};

/** A number from 0 to 1, always the same for the same text. */
export function shareOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** An id that looks like a vendor's, always the same for the same key. */
export function idOf(prefix: string, key: string): string {
  return `${prefix}_${createHash('sha256').update(key).digest('hex').slice(0, 20)}`;
}

/** Something that a vendor remembers and that moves on with time. */
export interface Remembered {
  readonly id: string;
  readonly data: unknown;
  readonly cancelled: boolean;
  /** Since it was made or last changed, in milliseconds. */
  readonly ageMs: number;
}

/** Remembers something, or starts its time anew with other data. */
export async function remember(
  db: Transaction<VendorTables>,
  entry: { readonly vendor: Vendor; readonly id: string; readonly key: string; readonly data: object },
): Promise<void> {
  const data = sql`${JSON.stringify(entry.data)}::jsonb`;
  await db
    .insertInto('vendor_state')
    .values({ ...entry, data })
    .onConflict((conflict) => conflict.columns(['vendor', 'id']).doUpdateSet({ data, since: sql`now()` }))
    .execute();
}

/** What a vendor remembers under an id, locked until the transaction ends; `undefined` if nothing. */
export async function recall(
  db: Transaction<VendorTables>,
  vendor: Vendor,
  id: string,
): Promise<Remembered | undefined> {
  const row = await db
    .selectFrom('vendor_state')
    .select(['id', 'data', 'cancelled'])
    .select(sql<string>`extract(epoch from clock_timestamp() - since) * 1000`.as('age'))
    .where('vendor', '=', vendor)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row && { id: row.id, data: row.data, cancelled: row.cancelled, ageMs: Math.max(0, Number(row.age)) };
}

/** Cancels something that a vendor remembers. */
export async function cancel(db: Transaction<VendorTables>, vendor: Vendor, id: string): Promise<void> {
  await db
    .updateTable('vendor_state')
    .set({ cancelled: true })
    .where('vendor', '=', vendor)
    .where('id', '=', id)
    .execute();
}

/** The state that something has reached after its age; it stays in the last one. */
export function stageOf<S extends string>(
  stages: readonly [S, ...S[]],
  { ageMs }: Remembered,
  { paceMs }: Behaviour,
): S {
  const reached = paceMs === 0 ? stages.length - 1 : Math.min(Math.floor(ageMs / paceMs), stages.length - 1);
  return stages[reached] ?? stages[0];
}
