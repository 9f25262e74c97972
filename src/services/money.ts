/** Money is integer cents inside, and decimal text such as `129.50` where people and documents write it. */
import { Decimal } from 'decimal.js';

/** Cents of an amount such as `129.50`. Throws `RangeError` for more than two decimals or no number. */
export function toCents(amount: string): number {
  const cents = new Decimal(amount).times(100);
  if (!cents.isInteger() || !Number.isSafeInteger(cents.toNumber())) {
    throw new RangeError(`expected an amount with at most two decimals, got '${amount}'`);
  }
  return cents.toNumber();
}

/** `12950` as `129.50`. */
export function fromCents(cents: number): string {
  return new Decimal(cents).dividedBy(100).toFixed(2);
}
