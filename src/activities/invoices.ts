/** Activities on invoices: from a stored document to a claim, a match with its order, and a payment. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import { findDocument } from '../services/document-store.ts';
import type { DocumentFields, DocumentFormat, DocumentKind, Problem } from '../services/documents/types.ts';
import type { StoredFile } from '../services/files.ts';
import * as store from '../services/invoice-store.ts';
import { toCents } from '../services/money.ts';
import { payOnce, refundOnce, type PaymentOutcome } from '../services/payments.ts';
import { seedOrders } from '../services/purchase-orders.ts';
import type { Vendors } from '../services/vendors.ts';

/** An invoice as ingestion stored it; `document` to `problems` are what the inbox shows beside the file. */
export interface Invoice extends store.Payable {
  readonly documentId: string;
  readonly document: StoredFile;
  readonly kind: DocumentKind;
  readonly format: DocumentFormat;
  readonly confidence: number;
  readonly reviewed: boolean;
  readonly fields: DocumentFields;
  readonly problems: readonly Problem[];
}

/** `refused`: there is nothing to pay, and why. */
type Read =
  { readonly status: 'payable'; readonly invoice: Invoice } | { readonly status: 'refused'; readonly reason: string };

/** What comparing with the order gave. `contact`: the supplier's address, if the order is known. */
export type Match =
  | {
      readonly status: 'matched';
      readonly order: string;
      readonly orderedBy: string;
      /** Two-way: with the order. Three-way: with the order and what was received. */
      readonly way: 'two-way' | 'three-way';
      /** Persons who have to approve: by amount, and by how sure the reading was. */
      readonly approvals: 0 | 1 | 2;
    }
  | { readonly status: 'mismatched'; readonly problems: readonly Problem[]; readonly contact: string | null };

/** Amounts in cents: automatic below the first, two approvers from the second on. */
interface InvoiceLimits {
  readonly automaticBelow: number;
  readonly twoFrom: number;
}

export interface InvoiceServices {
  readonly db: Database;
  readonly vendors: Vendors;
  readonly invoiceLimits: InvoiceLimits;
}

export interface InvoiceActivities {
  readInvoice(documentId: string): Promise<Read>;
  claimInvoice(id: string, invoice: Invoice): Promise<store.Claim>;
  /** Takes an open claim back; fine if it never was made. */
  withdrawInvoice(id: string): Promise<void>;
  matchInvoice(id: string, invoice: Invoice): Promise<Match>;
  payInvoice(key: string, invoice: Invoice): Promise<PaymentOutcome>;
  /** Gets the money back; fine if it never was paid. */
  refundInvoice(key: string): Promise<void>;
  closeInvoice(id: string, outcome: Outcome): Promise<void>;
}

interface Outcome {
  readonly status: store.InvoiceEnding['status'];
  readonly by?: string | readonly string[];
  readonly reason?: string;
}

/** A reading below this confidence that nobody has reviewed takes one approver more. */
const certain = 0.9;
/** The largest amount that one payment takes, in cents. */
const largest = 2_000_000_000;

export function createInvoiceActivities(services: InvoiceServices): InvoiceActivities {
  const { db, invoiceLimits } = services;
  return {
    readInvoice: (documentId) => readInvoice(db, documentId),
    claimInvoice: (id, invoice) => store.claimInvoice(db, id, invoice.documentId, invoice, invoice.fields.sellerTaxId),
    withdrawInvoice: (id) => store.withdrawInvoice(db, id),
    async matchInvoice(id, invoice) {
      await seedOrders(db);
      const { problems, order } = await store.billOrder(db, id, invoice.fields);
      if (problems.length > 0 || order === undefined) {
        return { status: 'mismatched', problems, contact: order?.contact ?? null };
      }
      return {
        status: 'matched',
        order: order.number,
        orderedBy: order.orderedBy,
        way: order.needsReceipt ? 'three-way' : 'two-way',
        approvals: approvalsFor(invoice, invoiceLimits),
      };
    },
    payInvoice(key, { supplier, amount, currency, number }) {
      const purpose = `Invoice ${number}`;
      const payment = { key, payee: supplier.slice(0, 400), amountCents: toCents(amount), currency, purpose };
      return payOnce(services, payment, cancellationSignal());
    },
    refundInvoice: (key) => refundOnce(services, key, cancellationSignal()),
    async closeInvoice(id, { status, by, reason }) {
      const deciders = by === undefined ? null : [by].flat().join(', ');
      await store.endInvoice(db, id, { status, by: deciders, reason: reason ?? null });
    },
  };
}

function approvalsFor(
  { amount, confidence, reviewed }: Invoice,
  { automaticBelow, twoFrom }: InvoiceLimits,
): 0 | 1 | 2 {
  const cents = toCents(amount);
  const byAmount = cents < automaticBelow ? 0 : cents < twoFrom ? 1 : 2;
  if (reviewed || confidence >= certain) return byAmount;
  return byAmount === 0 ? 1 : 2;
}

async function readInvoice(db: Database, documentId: string): Promise<Read> {
  const found = await findDocument(db, documentId);
  if (found === undefined) return refused(`there is no document ${documentId}`);
  if (found.status !== 'stored') return refused(`document ${documentId} is not stored; a person has to process it`);
  if (found.kind !== 'invoice') return refused(`document ${documentId} is no invoice (${found.kind})`);
  const { number, seller, currency, amountDue, grandTotal } = found.fields;
  const amount = amountDue ?? grandTotal;
  if (number === null || seller === null || currency === null || amount === null) {
    return refused('number, seller, currency or amount is missing');
  }
  const problem = amountProblem(amount);
  if (problem !== undefined) return refused(problem);
  const { hash, name, kind, format, confidence, fields, problems, reviewedBy } = found;
  const document = { hash, name, size: await store.sizeOf(db, documentId) };
  const shown = { document, kind, format, confidence, fields, problems };
  const payable = { number, supplier: seller, amount, currency };
  return { status: 'payable', invoice: { documentId, ...payable, ...shown, reviewed: reviewedBy !== null } };
}

function amountProblem(amount: string): string | undefined {
  try {
    const cents = toCents(amount);
    if (cents <= 0) return `there is nothing to pay: ${amount}`;
    return cents > largest ? `${amount} is more than one payment takes` : undefined;
  } catch {
    return `${amount} is no amount of money`;
  }
}

function refused(reason: string): Read {
  return { status: 'refused', reason };
}
