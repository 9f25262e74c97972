/** How the sandbox's vendors behave: latency, declines, outages. Kept in the database, so every worker sees it. */
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { invalid } from '../../failures.ts';
import type { VendorTables } from '../migrations/vendors.ts';
import type { Vendor } from './contract.ts';

const changesSchema = z
  .object({
    latencyMs: z.int().min(0).max(3_600_000),
    declineRate: z.number().min(0).max(1),
    paceMs: z.int().min(0).max(86_400_000),
    outageMs: z.int().min(0).max(86_400_000),
  })
  .partial();

/** What can be set of a vendor; what is left out stays. */
export interface BehaviourChanges {
  /** Time every call takes, in milliseconds. @default 0 */
  readonly latencyMs?: number;
  /** Share of calls that are declined, 0 to 1; which ones is decided by their keys. @default 0 */
  readonly declineRate?: number;
  /** Time that a parcel, an order or a restart takes from one state to the next, in milliseconds. @default 5000 */
  readonly paceMs?: number;
  /** From now on, how long the vendor does not answer, in milliseconds; 0 ends an outage. */
  readonly outageMs?: number;
}

/** How a vendor behaves right now. */
export interface Behaviour {
  readonly latencyMs: number;
  readonly declineRate: number;
  readonly paceMs: number;
  readonly isDown: boolean;
}

const usual: Behaviour = { latencyMs: 0, declineRate: 0, paceMs: 5_000, isDown: false };

/** Sets how a vendor behaves; fails with `BadBehaviour` (validation) on values out of bounds. */
export async function setBehaviour(db: Kysely<VendorTables>, vendor: Vendor, changes: BehaviourChanges): Promise<void> {
  const parsed = changesSchema.safeParse(changes);
  if (!parsed.success) throw invalid('BadBehaviour', `${vendor}: ${z.prettifyError(parsed.error)}`);
  const { latencyMs, declineRate, paceMs, outageMs } = parsed.data;
  const values = {
    ...(latencyMs === undefined ? {} : { latency_ms: latencyMs }),
    ...(declineRate === undefined ? {} : { decline_rate: declineRate }),
    ...(paceMs === undefined ? {} : { pace_ms: paceMs }),
    ...(outageMs === undefined ? {} : { outage_until: sql<Date>`now() + ${outageMs} * interval '1 millisecond'` }),
  };
  await db
    .insertInto('vendor_settings')
    .values({
      vendor,
      latency_ms: usual.latencyMs,
      decline_rate: usual.declineRate,
      pace_ms: usual.paceMs,
      outage_until: null,
      ...values,
    })
    .onConflict((conflict) => conflict.column('vendor').doUpdateSet({ vendor, ...values }))
    .execute();
}

/** How a vendor behaves right now. */
export async function readBehaviour(db: Kysely<VendorTables>, vendor: Vendor): Promise<Behaviour> {
  const row = await db
    .selectFrom('vendor_settings')
    .select(['latency_ms', 'decline_rate', 'pace_ms'])
    .select(sql<boolean>`coalesce(outage_until > now(), false)`.as('is_down'))
    .where('vendor', '=', vendor)
    .executeTakeFirst();
  if (row === undefined) return usual;
  return { latencyMs: row.latency_ms, declineRate: row.decline_rate, paceMs: row.pace_ms, isDown: row.is_down };
}
