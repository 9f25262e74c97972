/** The field groups of a document, from its data where it carries some, else from its visible text. */
import { assess, structuredConfidence, type Assessment, type Extractions } from './text-assess.ts';
import { datesOf } from './text-dates.ts';
import { identifiersOf } from './text-identifiers.ts';
import { classifyReading } from './text-kind.ts';
import { layOut, type Row } from './text-layout.ts';
import { linesOf } from './text-lines.ts';
import { partiesOf } from './text-parties.ts';
import { totalsOf } from './text-totals.ts';
import type { DocumentFields, Extraction, Reading } from './types.ts';

type Group<K extends keyof DocumentFields> = Extraction<Pick<DocumentFields, K>>;

/** Text that was not read in full proves nothing. */
const incompleteLimit = 0.7;

function structuredGroup<K extends keyof DocumentFields>(fields: DocumentFields, keys: readonly K[]): Group<K> {
  const value = Object.fromEntries(keys.map((key) => [key, fields[key]])) as Pick<DocumentFields, K>;
  return { value, confidence: structuredConfidence, problems: [] };
}

function group<K extends keyof DocumentFields>(
  reading: Reading,
  keys: readonly K[],
  read: (rows: readonly Row[]) => Group<K>,
): Group<K> {
  if (reading.structured !== null) return structuredGroup(reading.structured, keys);
  const { rows, isComplete } = layOut(reading);
  const found = read(rows);
  return isComplete ? found : { ...found, confidence: Math.min(found.confidence, incompleteLimit) };
}

/** Number, type code and order reference. */
export function extractIdentifiers(reading: Reading): Extractions['identifiers'] {
  return group(reading, ['type', 'number', 'orderReference'], identifiersOf);
}

/** Seller and buyer with their tax ids. */
export function extractParties(reading: Reading): Extractions['parties'] {
  return group(reading, ['seller', 'buyer', 'sellerTaxId', 'buyerTaxId'], partiesOf);
}

/** Issue date and due date. */
export function extractDates(reading: Reading): Extractions['dates'] {
  return group(reading, ['issueDate', 'dueDate'], (rows) => datesOf(rows, reading.language));
}

/** Currency and totals. */
export function extractTotals(reading: Reading): Extractions['totals'] {
  return group(reading, ['currency', 'netTotal', 'taxTotal', 'grandTotal', 'amountDue'], totalsOf);
}

/** The item lines. */
export function extractLines(reading: Reading): Extractions['lines'] {
  return group(reading, ['lines'], linesOf);
}

/** Every group of one reading, in one call; the workflow runs them as parallel steps instead. */
export function extractAll(reading: Reading): Extractions {
  return {
    kind: classifyReading(reading),
    identifiers: extractIdentifiers(reading),
    parties: extractParties(reading),
    dates: extractDates(reading),
    totals: extractTotals(reading),
    lines: extractLines(reading),
  };
}

const emptyFields: DocumentFields = {
  type: null,
  number: null,
  issueDate: null,
  dueDate: null,
  seller: null,
  buyer: null,
  sellerTaxId: null,
  buyerTaxId: null,
  orderReference: null,
  currency: null,
  netTotal: null,
  taxTotal: null,
  grandTotal: null,
  amountDue: null,
  lines: [],
};

/**
 * Puts the groups together. Text that is no invoice or credit note carries no invoice fields: what looks like one in
 * a letter is a mention.
 */
export function fieldsOf(extractions: Extractions): DocumentFields {
  const { kind, identifiers, parties, dates, totals, lines } = extractions;
  const isData = totals.confidence >= structuredConfidence;
  if (!isData && kind.value !== 'invoice' && kind.value !== 'creditNote') return emptyFields;
  return { ...identifiers.value, ...parties.value, ...dates.value, ...totals.value, ...lines.value };
}

/** What a second look gave: fields, the groups they come from, and how sure they are. */
export interface Gathered extends Assessment {
  readonly fields: DocumentFields;
  readonly extractions: Extractions;
}

function rewrite(reading: Reading, change: (text: string) => string): Reading {
  return { ...reading, sections: reading.sections.map((section) => ({ ...section, text: change(section.text) })) };
}

/** A label alone on its row and its value on the next become one row. */
function joinLabels(text: string): string {
  return text.replace(/^([^\S\n]*\p{L}[\p{L} .'’/°()-]{2,40}:?)[^\S\n]*\n[^\S\n]*([-+]?[\d€$£].{0,40})$/gmu, '$1   $2');
}

/** Labels and values set apart by one blank only are split where an amount or date begins. */
function splitAmounts(text: string): string {
  return text.replace(
    /(?<=[\p{L}.:%)]) (?=[-+]?(?:[€$£] ?)?\d[\d.,' ]*[.,]\d{2}(?:\s?[€$£]|\s?EUR)?(?:\s|$))/gmu,
    '   ',
  );
}

const views: readonly ((text: string) => string)[] = [
  joinLabels,
  splitAmounts,
  (text) => splitAmounts(joinLabels(text)),
];

function better<T>(first: Extraction<T>, second: Extraction<T>): Extraction<T> {
  return second.confidence > first.confidence ? second : first;
}

function merge(first: Extractions, second: Extractions): Extractions {
  return {
    kind: better(first.kind, second.kind),
    identifiers: better(first.identifiers, second.identifiers),
    parties: better(first.parties, second.parties),
    dates: better(first.dates, second.dates),
    totals: better(first.totals, second.totals),
    lines: better(first.lines, second.lines),
  };
}

/** A second look never stores by itself: a layout that had to be guessed proves nothing. */
const secondLookLimit = 0.85;

/**
 * Looks a second time at a document whose first reading was below 0.7: joins labels and values
 * that stand on rows of their own, splits rows that lost their columns, and keeps the surest reading of each group.
 * A document whose fields are data is returned as it was.
 */
export function gatherMore(reading: Reading): Gathered {
  const first = extractAll(reading);
  const seen = reading.structured === null ? views.map((view) => extractAll(rewrite(reading, view))) : [];
  const extractions = seen.reduce(merge, first);
  const fields = fieldsOf(extractions);
  const { confidence, problems } = assess(fields, extractions, reading.problems);
  const isData = reading.structured !== null;
  return { fields, extractions, problems, confidence: isData ? confidence : Math.min(confidence, secondLookLimit) };
}
