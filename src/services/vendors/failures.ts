/** The failures of vendors; the sandbox and real vendors fail alike. */
import { failure, type FailureOptions } from '../../failures.ts';
import type { Vendor } from './contract.ts';

/** What a vendor refuses for good; every one is a validation failure. */
export type Refusal =
  | 'VendorRefused'
  | 'VendorNotFound'
  | 'VendorKeyReused'
  | 'VendorUndone'
  | 'PaymentExceeded'
  | 'PaymentVoided'
  | 'PaymentCaptured';

const refusals: ReadonlySet<string> = new Set<Refusal>([
  'VendorRefused',
  'VendorNotFound',
  'VendorKeyReused',
  'VendorUndone',
  'PaymentExceeded',
  'PaymentVoided',
  'PaymentCaptured',
]);

/** Whether a vendor's word for a refusal is one of ours. */
export function isRefusal(type: unknown): type is Refusal {
  return typeof type === 'string' && refusals.has(type);
}

/** A no that asking again will not change. */
export function refused(vendor: Vendor, type: Refusal, message: string): Error {
  return failure('validation', `${vendor}: ${message}`, { type, details: { vendor } });
}

/** The vendor does not answer, or not with sense. */
export function down(vendor: Vendor, message: string, cause?: unknown): Error {
  return failure('dependency', `${vendor}: ${message}`, { type: 'VendorDown', details: { vendor }, cause });
}

/** The vendor says: later. */
export function busy(
  vendor: Vendor,
  message: string,
  nextRetryDelay: NonNullable<FailureOptions['nextRetryDelay']>,
): Error {
  return failure('resource', `${vendor}: ${message}`, { type: 'VendorBusy', details: { vendor }, nextRetryDelay });
}

/** We are not let in: somebody has to look at the settings. */
export function notLetIn(vendor: Vendor): Error {
  const setting = `FERMATA_VENDOR_${vendor.toUpperCase()}_TOKEN`;
  return failure('logic', `${vendor}: the vendor does not accept our token; check ${setting}`, {
    type: 'VendorLogin',
    details: { vendor },
  });
}
