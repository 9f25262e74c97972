/** Decimal strings: what the document says, in one canonical form, never a float. */
import { Decimal } from 'decimal.js';
import type { DocumentFields, Problem } from './types.ts';

const decimalForm = /^[+-]?(?:\d{1,30}(?:\.\d{0,20})?|\.\d{1,20})$/;

/** Parses an `xs:decimal`; `null` for anything else. */
export function decimalOf(text: string | null): Decimal | null {
  if (text === null || !decimalForm.test(text)) return null;
  return new Decimal(text.endsWith('.') ? text.slice(0, -1) : text);
}

/** An amount with at least two places and no superfluous zeros: `9.9000` is `"9.90"`, `0.0125` stays. */
export function amountText(value: Decimal): string {
  const plain = value.isZero() ? new Decimal(0) : value;
  return plain.toFixed(Math.max(2, plain.decimalPlaces()));
}

/** A quantity or rate without superfluous zeros: `20.0000` is `"20"`. */
export function quantityText(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}

/** The sum of what is there. */
export function sum(values: readonly (Decimal | null)[]): Decimal {
  return values.reduce<Decimal>((total, value) => total.plus(value ?? 0), new Decimal(0));
}

/** Reads numbers and dates of one document and collects what was wrong with them. */
export class ValueReader {
  readonly problems: Problem[] = [];

  /** A decimal; text that is not one is a problem. */
  decimal(text: string | null, field?: keyof DocumentFields): Decimal | null {
    const value = decimalOf(text);
    if (value === null && text !== null) this.report('bad-amount', `“${text.slice(0, 40)}” is not a number`, field);
    return value;
  }

  /** A calendar date from its year, month and day; a date that does not exist is a problem. */
  date(text: string | null, form: RegExp, field: keyof DocumentFields): string | null {
    if (text === null) return null;
    const match = form.exec(text);
    const iso = match === null ? '' : `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`;
    if (isCalendarDate(iso)) return iso;
    this.report('bad-date', `“${text.slice(0, 40)}” is not a date`, field);
    return null;
  }

  report(code: string, message: string, field?: keyof DocumentFields): void {
    this.problems.push(field === undefined ? { code, message } : { code, message, field });
  }
}

/** Whether an ISO date exists in the calendar. */
export function isCalendarDate(iso: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(iso)) return false;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
}
