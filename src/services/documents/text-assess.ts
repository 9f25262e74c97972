/** How sure the result of reading a document is, and whether it may be stored without a person looking at it. */
import { Decimal } from 'decimal.js';
import { decimalOf, sum } from './amounts.ts';
import type { DocumentFields, DocumentKind, Extraction, Problem } from './types.ts';

/** The readings of every field group of one document, as the parallel steps return them. */
export interface Extractions {
  readonly kind: Extraction<DocumentKind>;
  readonly identifiers: Extraction<Pick<DocumentFields, 'type' | 'number' | 'orderReference'>>;
  readonly parties: Extraction<Pick<DocumentFields, 'seller' | 'buyer' | 'sellerTaxId' | 'buyerTaxId'>>;
  readonly dates: Extraction<Pick<DocumentFields, 'issueDate' | 'dueDate'>>;
  readonly totals: Extraction<Pick<DocumentFields, 'currency' | 'netTotal' | 'taxTotal' | 'grandTotal' | 'amountDue'>>;
  readonly lines: Extraction<Pick<DocumentFields, 'lines'>>;
}

/** The final word on a document. */
export interface Assessment {
  readonly confidence: number;
  readonly problems: readonly Problem[];
}

/** From here on a document is stored without review. */
export const storeThreshold = 0.9;
/** From here on a reviewer decides on what was read; below, more is gathered. */
export const reviewThreshold = 0.7;

/** Confidence of data that an e-invoice carries as data; text never reaches it. */
export const structuredConfidence = 0.99;

const grave: ReadonlySet<string> = new Set([
  'several-invoices',
  'missing-number',
  'missing-totals',
  'missing-grand-total',
]);

const needed = ['number', 'issueDate', 'seller', 'buyer', 'currency', 'taxTotal', 'grandTotal', 'amountDue'] as const;

function groupsOf(extractions: Extractions): readonly Extraction<unknown>[] {
  const { kind, identifiers, parties, dates, totals, lines } = extractions;
  return [kind, identifiers, parties, dates, totals, lines];
}

function isStructured(extractions: Extractions): boolean {
  return [extractions.totals, extractions.parties, extractions.lines].every(
    (one) => one.confidence >= structuredConfidence,
  );
}

/** Several steps may miss the same field: it is told once. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  const key = ({ code, field, message }: Problem): string =>
    code.startsWith('missing-') ? code : `${code} ${field ?? ''} ${message}`;
  const seen = new Map<string, Problem>();
  for (const problem of problems) if (!seen.has(key(problem))) seen.set(key(problem), problem);
  return [...seen.values()];
}

function assessStructured(fields: DocumentFields, problems: readonly Problem[]): Assessment {
  const missing = fields.number === null || fields.grandTotal === null;
  if (missing || problems.some((problem) => grave.has(problem.code))) return { confidence: 0.5, problems };
  return { confidence: problems.length > 0 ? 0.75 : structuredConfidence, problems };
}

/** net + tax = grand, and the lines add up to the net total: read from different places, they prove each other. */
function addsUp(fields: DocumentFields): boolean {
  const [net, tax, grand] = [decimalOf(fields.netTotal), decimalOf(fields.taxTotal), decimalOf(fields.grandTotal)];
  if (net === null || tax === null || grand === null || fields.lines.length === 0) return false;
  const amounts = fields.lines.map((line) => decimalOf(line.netAmount));
  return net.plus(tax).eq(grand) && amounts.every((amount) => amount !== null) && sum(amounts).eq(net);
}

/** Whether the stated tax is what the rates of the lines give, to half a cent for each rate. */
function ratesHold(fields: DocumentFields): boolean {
  const bases = new Map<string, Decimal>();
  for (const line of fields.lines) {
    if (line.taxRate === null) return true;
    bases.set(line.taxRate, (bases.get(line.taxRate) ?? new Decimal(0)).plus(line.netAmount ?? 0));
  }
  const taxes = [...bases].map(([rate, base]) => base.mul(rate).div(100).toDecimalPlaces(2, Decimal.ROUND_HALF_UP));
  const stated = decimalOf(fields.taxTotal);
  return stated !== null && sum(taxes).minus(stated).abs().lte(new Decimal('0.005').mul(bases.size));
}

function assessInvoiceText(fields: DocumentFields, extractions: Extractions, problems: readonly Problem[]): Assessment {
  const present = needed.filter((field) => fields[field] !== null).length + (fields.lines.length > 0 ? 1 : 0);
  const share = present / (needed.length + 1);
  const least = Math.min(...groupsOf(extractions).map((group) => group.confidence));
  const proven = least >= storeThreshold && share === 1 && addsUp(fields) && ratesHold(fields);
  if (proven && problems.length === 0) return { confidence: least, problems };
  const unproven: Problem = {
    code: 'text-only',
    message: 'read from the visible text, which does not prove every field',
  };
  const all = unique([...problems, unproven]);
  const core = fields.number !== null && fields.grandTotal !== null;
  if (core && share >= 0.6) return { confidence: Number((0.7 + 0.18 * share).toFixed(2)), problems: all };
  return { confidence: Number((0.3 + 0.35 * share).toFixed(2)), problems: all };
}

/**
 * Weighs everything known about a document into one confidence. The rule: of the documents at 0.9 or more, which
 * nobody reviews, no field may be wrong.
 *
 * - Structured: 0.99; with any problem 0.75; with a grave one (no number, no totals, several invoices) 0.5.
 * - Invoice or credit note from text: 0.9 or more only when every field is there, every group is proven, lines, net,
 *   tax and grand total prove each other and nothing speaks against it. Otherwise 0.7 to 0.88 with most fields read,
 *   below 0.7 without.
 * - Any other kind: the confidence of its classification, below 0.9 with any problem.
 */
export function assess(
  fields: DocumentFields,
  extractions: Extractions,
  problems: readonly Problem[] = [],
): Assessment {
  const all = unique([...problems, ...groupsOf(extractions).flatMap((group) => [...group.problems])]);
  const kind = extractions.kind.value;
  if (isStructured(extractions)) return assessStructured(fields, all);
  if (kind === 'invoice' || kind === 'creditNote') return assessInvoiceText(fields, extractions, all);
  const own = unique([...problems, ...extractions.kind.problems]);
  const confidence = extractions.kind.confidence;
  return { confidence: own.length > 0 ? Math.min(confidence, 0.85) : confidence, problems: own };
}
