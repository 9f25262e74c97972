/** The vocabulary of document reading, shared by the readers, the activities and the workflow. Types only. */

/** What the bytes are, told by content. `facturx` is a PDF that carries an e-invoice as XML. */
export type DocumentFormat =
  'facturx' | 'pdf' | 'ubl' | 'cii' | 'fatturapa' | 'xml' | 'docx' | 'email' | 'html' | 'csv' | 'text';

/** What the document is for the business. `other` means: readable, but none of the known kinds. */
export type DocumentKind = (typeof documentKinds)[number];

export const documentKinds = [
  ...(['invoice', 'creditNote', 'order', 'deliveryNote', 'reminder', 'quote'] as const),
  ...(['contract', 'letter', 'report', 'table', 'other'] as const),
] as const;

/** One line of an invoice. Amounts and quantities are decimal strings (`"529.87"`), never floats. */
export interface DocumentLine {
  readonly description: string;
  readonly quantity: string | null;
  readonly unit: string | null;
  readonly unitPrice: string | null;
  readonly netAmount: string | null;
  readonly taxRate: string | null;
}

/**
 * The fields of an invoice or credit note; `null` where the document does not say or the reader is not sure.
 * Amounts are decimal strings with a dot and at least two places, in `currency`; credit notes keep the document's sign.
 */
export interface DocumentFields {
  /** UNTDID 1001 code where the document carries one (`"380"` invoice, `"381"` credit note …). */
  readonly type: string | null;
  readonly number: string | null;
  /** ISO date, `"2018-03-05"`. */
  readonly issueDate: string | null;
  readonly dueDate: string | null;
  /** Legal name (EN 16931 BT-27, BT-44). */
  readonly seller: string | null;
  readonly buyer: string | null;
  readonly sellerTaxId: string | null;
  readonly buyerTaxId: string | null;
  readonly orderReference: string | null;
  /** ISO 4217. */
  readonly currency: string | null;
  readonly netTotal: string | null;
  readonly taxTotal: string | null;
  readonly grandTotal: string | null;
  readonly amountDue: string | null;
  readonly lines: readonly DocumentLine[];
}

/** Something a person should know before trusting the fields. */
export interface Problem {
  /** Stable name, kebab-case: `sum-mismatch`, `missing-number`, `text-only` … */
  readonly code: string;
  readonly message: string;
  /** The field it is about, if one. */
  readonly field?: keyof DocumentFields;
}

/** A run of the document that belongs together: a page, a body part, an attachment. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

/**
 * What reading the bytes gave: everything later steps need, so that the bytes are parsed once.
 * Kept in the file store as JSON; capped at `maxTextLength` characters over all sections.
 */
export interface Reading {
  readonly format: DocumentFormat;
  readonly pages: number;
  /** Text a person would see, in reading order. */
  readonly sections: readonly Section[];
  /** The e-invoice's fields, when the document carries them as data rather than as text. */
  readonly structured: DocumentFields | null;
  /** Seen while reading: `cut text`, `two e-invoices in one file`, `bad encoding` … */
  readonly problems: readonly Problem[];
  /** ISO 639-1 of the text, if one is certain enough. */
  readonly language: 'de' | 'fr' | 'en' | 'it' | null;
}

/** A reading of a field group with how sure the reader is, 0 to 1. 1 is reserved for data that proves itself. */
export interface Extraction<T> {
  readonly value: T;
  readonly confidence: number;
  readonly problems: readonly Problem[];
}
