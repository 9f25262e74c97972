/**
 * The embedded vendors: they behave like a vendor's test mode. State is in the database, calls are idempotent by key,
 * latency, declines and outages can be set, and what was undone before it came is refused when it comes late.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import type { VendorTables } from '../migrations/vendors.ts';
import { readBehaviour } from './behaviour.ts';
import { findCall, keepAnswer, lockCall } from './calls.ts';
import { operationOf, type Vendor } from './contract.ts';
import { down, refused } from './failures.ts';
import { type Sandbox, type SandboxCall, shareOf } from './sandbox-call.ts';
import { carrier } from './sandbox-carrier.ts';
import { background, credit, identity, references } from './sandbox-checks.ts';
import { infrastructure } from './sandbox-infrastructure.ts';
import { paging } from './sandbox-paging.ts';
import { payment } from './sandbox-payment.ts';
import { supplier } from './sandbox-supplier.ts';

type AnyHandler = (call: SandboxCall<unknown>) => unknown;

const sandboxes: { readonly [V in Vendor]: Sandbox<V> } = {
  identity,
  credit,
  references,
  background,
  payment,
  carrier,
  supplier,
  paging,
  infrastructure,
};

/**
 * Answers one call. On cancellation during the set latency nothing has happened; after it the call is completed.
 * Fails with the types of `failures.ts`.
 */
export async function callSandbox(
  db: Kysely<VendorTables>,
  vendor: Vendor,
  operation: string,
  given: unknown,
  options: { readonly key: string; readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  const schemas = operationOf(vendor, operation);
  if (schemas === undefined) throw refused(vendor, 'VendorNotFound', `there is no operation ${operation}`);
  const behaviour = await readBehaviour(db, vendor);
  await wait(behaviour.latencyMs, options.signal);
  if (behaviour.isDown) throw down(vendor, 'the vendor is out of order (set in its sandbox)');
  const parsed = schemas.body.safeParse(given);
  if (!parsed.success) throw refused(vendor, 'VendorRefused', `${operation}: ${z.prettifyError(parsed.error)}`);
  const handler = (sandboxes[vendor] as Readonly<Record<string, AnyHandler>>)[operation];
  if (handler === undefined) throw refused(vendor, 'VendorNotFound', `there is no operation ${operation}`);
  const { key } = options;
  const body = parsed.data;
  const isUnlucky = shareOf(`${vendor} ${operation} ${key}`) < behaviour.declineRate;
  return db.transaction().execute(async (trx) => {
    const call = { db: trx, key, body, behaviour, isUnlucky };
    if (schemas.reads) return handler(call);
    return once(trx, { vendor, operation, key }, body, async () => handler(call));
  });
}

async function once(
  trx: Transaction<VendorTables>,
  id: { readonly vendor: Vendor; readonly operation: string; readonly key: string },
  body: unknown,
  work: () => Promise<unknown>,
): Promise<unknown> {
  await lockCall(trx, id);
  const fingerprint = createHash('sha256').update(canonical(body)).digest('hex');
  const before = await findCall(trx, id);
  if (before === undefined) {
    const answer = await work();
    await keepAnswer(trx, id, fingerprint, answer);
    return answer;
  }
  if (before.undone_at !== null) {
    throw refused(id.vendor, 'VendorUndone', `${id.operation} ${id.key} has been undone; it cannot happen any more`);
  }
  if (before.fingerprint !== fingerprint) {
    throw refused(id.vendor, 'VendorKeyReused', `${id.operation}: the key ${id.key} belongs to another request`);
  }
  return before.answer;
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (ms === 0) return;
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** JSON with sorted names: the same for the same content. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
