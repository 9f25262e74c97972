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
const eitherSign = new Set(['84', '384']);

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
    problems.push({
      code: 'implausible-date',
      message: 'the due date is long before the issue date',
      field: 'dueDate',
    });
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
  if (creditNotes.has(type) || eitherSign.has(type) || grand === null || !grand.isNegative() || grand.isZero())
    return [];
  const message = `type code ${type} is an invoice, but its total is negative as in a credit note`;
  return [{ code: 'type-mismatch', message, field: 'type' }];
}

/** How VAT numbers look in the countries where the form is fixed; check digits are left to the tax office's service. */
const vatForms: Readonly<Record<string, RegExp>> = {
  AT: /^ATU\d{8}$/,
  BE: /^BE[01]\d{9}$/,
  DE: /^DE\d{9}$/,
  FR: /^FR[0-9A-HJ-NP-Z]{2}\d{9}$/,
  IT: /^IT(?:\d{11}|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z])$/,
};

function checkTaxIds(fields: DocumentFields): Problem[] {
  const problems: Problem[] = [];
  for (const field of ['sellerTaxId', 'buyerTaxId'] as const) {
    const id = fields[field]?.replace(/[\s.-]/g, '').toUpperCase();
    const form = id === undefined ? undefined : vatForms[id.slice(0, 2)];
    if (id === undefined || form === undefined || form.test(id)) continue;
    problems.push({ code: 'bad-tax-id', message: `“${id.slice(0, 40)}” is not the form of a VAT number`, field });
  }
  return problems;
}

function checkCurrency(currency: string | null): Problem[] {
  if (currency === null || currencies.has(currency)) return [];
  return [
    { code: 'unknown-currency', message: `“${currency.slice(0, 20)}” is not a currency code`, field: 'currency' },
  ];
}

/** Every amount must be a number, or nothing after this can be trusted. */
function checkAmounts(fields: DocumentFields): Problem[] {
  const problems: Problem[] = [];
  for (const field of ['netTotal', 'taxTotal', 'grandTotal', 'amountDue'] as const) {
    const text = fields[field];
    if (text === null || decimalOf(text) !== null) continue;
    problems.push({ code: 'bad-amount', message: `“${text.slice(0, 40)}” is not a number`, field });
  }
  const isBad = (text: string | null): boolean => text !== null && decimalOf(text) === null;
  const index = fields.lines.findIndex(
    (line) => isBad(line.netAmount) || isBad(line.quantity) || isBad(line.unitPrice),
  );
  if (index >= 0) {
    problems.push({
      code: 'bad-amount',
      message: `line ${String(index + 1)} has an amount that is no number`,
      field: 'lines',
    });
  }
  return problems;
}

/** Italian stamp duty may be added to the total without being net or tax. */
function isStampDuty(difference: Decimal, fields: DocumentFields): boolean {
  return difference.equals(2) && fields.sellerTaxId?.startsWith('IT') === true;
}

function checkTotals(fields: DocumentFields): Problem[] {
  const [net, tax, grand] = [fields.netTotal, fields.taxTotal, fields.grandTotal].map(decimalOf);
  if (!net || !grand) return [];
  const added = sum([net, tax ?? null]);
  const difference = grand.minus(added);
  if (difference.isZero() || isStampDuty(difference, fields)) return [];
  const message = `the total with tax is ${amountText(grand)}, but net and tax add up to ${amountText(added)}`;
  return [{ code: 'sum-mismatch', message, field: 'grandTotal' }];
}

/**
 * Everything about these fields that a person should look at: what is missing, not real, or does not add up.
 * Knows nothing about the document; what only its full data can show is in the reading's problems.
 *
 * @param today for the plausibility of dates. @default now
 */
export function checkFields(fields: DocumentFields, today: Date = new Date()): Problem[] {
  return [
    ...checkPresence(fields),
    ...(fields.type === null
      ? [{ code: 'missing-type', message: 'the document has no type', field: 'type' } as const]
      : []),
    ...checkDates(fields, today),
    ...checkType(fields),
    ...checkCurrency(fields.currency),
    ...checkTaxIds(fields),
    ...checkAmounts(fields),
    ...checkTotals(fields),
  ];
}
