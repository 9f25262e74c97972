/**
 * Outside services that a business pays for: identity, credit, references, background checks, payment, carrier,
 * supplier, paging, infrastructure. Each is the embedded sandbox until it is given an address.
 */
import type { Kysely } from 'kysely';
import { ConfigError } from '../config.ts';
import type { VendorTables } from './migrations/vendors.ts';
import { type Answer, type Body, contract, isVendor, type Operation, type Vendor } from './vendors/contract.ts';
import { refused } from './vendors/failures.ts';
import { callHttpVendor, type VendorEndpoint } from './vendors/http-vendor.ts';
import { callSandbox } from './vendors/sandbox.ts';

export interface Vendors {
  /**
   * Asks a vendor. The same key gets the same answer and has one effect. A no is an answer (`declined`), not a failure.
   * Fails with `VendorRefused`, `VendorNotFound`, `VendorKeyReused`, `VendorUndone`, `PaymentExceeded`,
   * `PaymentVoided`, `PaymentCaptured` (validation), `VendorBusy` (resource), `VendorDown` (dependency) or `VendorLogin`
   * (logic). On cancellation it rejects with the signal's reason; whether the call had an effect is then open, which is
   * what the undo operations are for: they are fine with a call that never came, and refuse it if it comes late.
   */
  request<V extends Vendor, O extends Operation<V>>(
    vendor: V,
    operation: O,
    body: Body<V, O>,
    options: RequestOptions,
  ): Promise<Answer<V, O>>;
}

interface RequestOptions {
  /** Idempotency key, at most 300 characters. */
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

export interface VendorOptions {
  readonly db: Kysely<VendorTables>;
  /** Vendors that are real; the others are the sandbox. */
  readonly endpoints?: Readonly<Partial<Record<Vendor, VendorEndpoint>>>;
  /** Longest time for one answer over HTTP, in milliseconds. @default 30 000 */
  readonly timeoutMs?: number;
  /** Wrapped around every call, for instance a circuit breaker. @default none */
  readonly guard?: <T>(vendor: Vendor, work: () => Promise<T>) => Promise<T>;
}

const maxKey = 300;

function unguarded<T>(_: Vendor, work: () => Promise<T>): Promise<T> {
  return work();
}

/** Every vendor's name. */
export const vendorNames = Object.keys(contract) as readonly Vendor[];

/** Opens the vendors, once a worker; there is nothing to close. Throws {@link ConfigError} for an address that is none. */
export function openVendors(options: VendorOptions): Vendors {
  const { db, endpoints = {}, timeoutMs = 30_000 } = options;
  const guard = options.guard ?? unguarded;
  // A misspelt name would quietly leave the real vendor's work to the sandbox.
  for (const [name, endpoint] of Object.entries(endpoints)) checkEndpoint(name, endpoint);
  return {
    async request<V extends Vendor, O extends Operation<V>>(
      vendor: V,
      operation: O,
      body: Body<V, O>,
      { key, signal }: RequestOptions,
    ): Promise<Answer<V, O>> {
      if (key.length === 0 || key.length > maxKey) {
        throw refused(vendor, 'VendorRefused', `expected a key of 1 to ${maxKey} characters`);
      }
      const endpoint = endpoints[vendor];
      const answer = await guard(vendor, () =>
        endpoint === undefined
          ? callSandbox(db, vendor, operation, body, { key, signal })
          : callHttpVendor(vendor, operation, body, endpoint, { key, signal, timeoutMs }),
      );
      return answer as Answer<V, O>;
    },
  };
}

function checkEndpoint(name: string, { url }: VendorEndpoint): void {
  const setting = `FERMATA_VENDOR_${name.toUpperCase()}_URL`;
  if (!isVendor(name)) {
    throw new ConfigError(`${setting}: there is no vendor ${name}; expected one of ${vendorNames.join(', ')}`);
  }
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new ConfigError(`${setting}: expected an http or https address`);
}
