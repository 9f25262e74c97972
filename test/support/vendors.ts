/** The vendors under test: the sandbox, and the same sandbox over HTTP as a real vendor would be. */
import { ApplicationFailure } from '@temporalio/common';
import type { Kysely } from 'kysely';
import { categoryOf } from '../../src/failures.ts';
import { vendorMigrations, type VendorTables } from '../../src/services/migrations/vendors.ts';
import { openVendors, vendorNames, type Vendors } from '../../src/services/vendors.ts';
import { testTables } from './tables.ts';
import { startVendorServer } from './vendor-server.ts';

export type Way = 'the sandbox' | 'the sandbox over HTTP';
export const ways: readonly Way[] = ['the sandbox', 'the sandbox over HTTP'];

export interface TestVendors {
  readonly db: Kysely<VendorTables>;
  by(way: Way, token?: string): Vendors;
  /** Vendors behave as usual again. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const rightToken = 'open-sesame';

export async function startVendors(): Promise<TestVendors> {
  const tables = await testTables<VendorTables>(vendorMigrations);
  const { db } = tables;
  const server = await startVendorServer(db, rightToken);
  return {
    db,
    by(way, token = rightToken) {
      if (way === 'the sandbox') return openVendors({ db });
      const endpoints = Object.fromEntries(vendorNames.map((name) => [name, { url: `${server.url}/${name}`, token }]));
      return openVendors({ db, endpoints });
    },
    async reset() {
      await db.deleteFrom('vendor_settings').execute();
    },
    async stop() {
      await server.close();
      await tables.stop();
    },
  };
}

let count = 0;

/** A key that nothing else has, with letters that no header takes. */
export function newKey(): string {
  count += 1;
  return `run-${count}/käse`;
}

/** Type and category of the failure that a call must end with. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    (answer) => new Error(`expected a failure, got ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return `${String(error.type)} ${String(categoryOf(error))}`;
}
