/** Checks the fields of any invoice, wherever they came from: what a careful bookkeeper sees at a glance. */
import type { Decimal } from 'decimal.js';
import { amountText, decimalOf, isCalendarDate, sum } from './amounts.ts';
import type { DocumentFields, Problem } from './types.ts';

/** UNTDID 1001 codes that EN 16931 allows, and 220 and 231 for orders. */
const typeCodes = new Set(
  (
    '71 80 82 84 102 202 203 204 211 218 219 220 231 295 325 326 331 380 382 383 384 385 386 387 388 389 390 393 394 395 ' +
    '456 457 471 473 500 501 527 553 575 623 633 751 780 817 870 875 876 877 935 ' +
    '81 83 261 262 296 308 381 396 420 458 502 503 532 130'
  ).split(' '),
);
const creditNotes = new Set('81 83 261 262 296 308 381 396 420 458 502 503 532'.split(' '));
/** A corrected invoice may state the difference, so its sign says nothing. */
const eitherSign = new Set('84 384 '.split(' '));

const currencies = new Set(Intl.supportedValuesOf('currency'));
const required = ['number', 'issueDate', 'seller', 'buyer', 'currency', 'grandTotal'] as const;
const words = {
  number: 'invoice number',
  issueDate: 'issue date',
  seller: 'seller',
  buyer: 'buyer',
  currency: 'currency',
  grandTotal: 'total with tax',
} as const;
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function checkPresence(fields: DocumentFields): Problem[] {
  return required
    .filter((name) => fields[name] === null || fields[name].trim() === '')
    .map((field) => ({ code: `missing-${kebab(field)}`, message: `the document has no ${words[field]}`, field }));
}

function checkDates(fields: DocumentFields, today: Date): Problem[] {
  const problems: Problem[] = [];
  const latest = new Date(today.getTime() + 366 * 86_400_000).toISOString().slice(0, 10);
  for (const field of ['issueDate', 'dueDate'] as const) {
    const date = fields[field];
    if (date === null) continue;
    if (!isCalendarDate(date)) problems.push({ code: 'bad-date', message: `“${date}” is not a date`, field });
    else if (date < '1990-01-01' || (field === 'issueDate' && date > latest)) {
      problems.push({ code: 'implausible-date', message: `${date} is not a plausible date`, field });
    }
  }
  const { issueDate, dueDate } = fields;
  if (issueDate !== null && dueDate !== null && dueDate.slice(0, 4) < String(Number(issueDate.slice(0, 4)) - 1)) {
    problems.push({ code: 'implausible-date', message: 'the due date is long before the issue date', field: 'dueDate' });
  }
  return problems;
}

function checkType(fields: DocumentFields): Problem[] {
  const { type } = fields;
  if (type === null) return [];
  if (!typeCodes.has(type)) {
    return [{ code: 'unknown-type', message: `the type code ${type.slice(0, 20)} is not known`, field: 'type' }];
  }
  const grand = decimalOf(fields.grandTotal);
  if (creditNotes.has(type) || eitherSign.has(type) || grand === null || !grand.isNegative() || grand.isZero()) return [];
  const message = `type code ${type} is an invoice, but its total is negative as in a credit note`;
  return [{ code: 'type-mismatch', message, field: 'type' }];
}

/** The check digit of a German VAT number (ISO 7064, MOD 11,10). */
function isGermanVatNumber(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, 8)) {
    const total = (Number(digit) + product) % 10 || 10;
    product = (total * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[8]);
}
