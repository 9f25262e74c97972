/** PDF documents: the e-invoice inside, if there is one, and the text of every page. */
import { getDocumentProxy } from 'unpdf';
import type { EInvoice } from './e-invoice.ts';
import { refuseHostileBytes } from './hostile.ts';
import { layoutPage, type TextPiece } from './pdf-lines.ts';
import { compareWithText } from './pdf-compare.ts';
import { readXml, type XmlReading } from './read-xml.ts';
import { damaged, orDamaged, Refusal } from './refusal.ts';
import type { Problem, Section } from './types.ts';

/** A PDF as read. */
export interface PdfReading {
  readonly format: 'facturx' | 'pdf';
  readonly pages: number;
  readonly invoice: EInvoice | null;
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

/** The part of the parser's interface that is used here; its own types need a browser's. */
interface PdfDocument {
  readonly numPages: number;
  getPage(number: number): Promise<PdfPage>;
  getAttachments(): Promise<Readonly<Record<string, { filename: string; content: Uint8Array }>> | null>;
  destroy(): Promise<void>;
}

interface PdfPage {
  getTextContent(): Promise<{ readonly items: readonly (PdfText | { readonly type: string })[] }>;
  cleanup(): void;
}

interface PdfText {
  readonly str: string;
  readonly transform: readonly number[];
  readonly width: number;
  readonly height: number;
}

const maxPages = 2_000;

/** The names the standards give the embedded XML, the current ones first. */
const invoiceNames = ['factur-x.xml', 'xrechnung.xml', 'zugferd-invoice.xml', 'order-x.xml'];

/**
 * The end of the file must be there. A reader that repairs what was cut off would show an earlier version of the
 * document, or half of it, without a word.
 */
function refuseTruncated(bytes: Uint8Array): void {
  const tail = Buffer.from(bytes.subarray(-65_536)).toString('latin1');
  const end = tail.lastIndexOf('%%EOF');
  if (end < 0 || !tail.slice(Math.max(0, end - 200), end).includes('startxref') || /\d obj\b/.test(tail.slice(end))) {
    throw damaged('PDF');
  }
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Error && error.name === 'PasswordException') {
    return new Refusal('DocumentEncrypted', 'the PDF is protected with a password; ask for it without');
  }
  return damaged('PDF');
}

async function openPdf(bytes: Uint8Array, stopAtErrors: boolean): Promise<PdfDocument> {
  const options = {
    verbosity: 0,
    isEvalSupported: false,
    enableXfa: false,
    disableFontFace: true,
    useSystemFonts: false,
  };
  try {
    // The parser takes the bytes over, so it gets a copy.
    const pdf: unknown = await getDocumentProxy(Uint8Array.from(bytes), { ...options, stopAtErrors });
    return pdf as PdfDocument;
  } catch (error) {
    throw refusalFor(error);
  }
}

async function pageText(pdf: PdfDocument, number: number): Promise<string> {
  const page = await pdf.getPage(number);
  const { items } = await page.getTextContent();
  const pieces: TextPiece[] = [];
  for (const item of items) {
    if (!('str' in item) || item.str === '') continue;
    const [, , c = 0, d = 0, x = 0, y = 0] = item.transform;
    pieces.push({ text: item.str, x, y, width: item.width, size: Math.hypot(c, d) || item.height || 10 });
  }
  page.cleanup();
  return layoutPage(pieces);
}

async function readPages(pdf: PdfDocument, maxText: number): Promise<Section[]> {
  const sections: Section[] = [];
  let length = 0;
  for (let number = 1; number <= pdf.numPages && length <= maxText; number += 1) {
    const text = await pageText(pdf, number);
    length += text.length;
    sections.push({ title: `page ${String(number)}`, text });
  }
  return sections;
}

interface Attachment {
  readonly name: string;
  readonly content: Uint8Array;
}

async function attachmentsOf(pdf: PdfDocument): Promise<Attachment[]> {
  const found = await pdf.getAttachments();
  const attachments = Object.values(found ?? {}).map(({ filename, content }) => ({ name: filename, content }));
  for (const { content } of attachments) refuseHostileBytes(content, 'attachment');
  return attachments;
}

function rank(name: string): number {
  const index = invoiceNames.indexOf(name.toLowerCase());
  // ZUGFeRD 1.0 differs from 2.0 in its capitals only, and is the older.
  if (index < 0) return invoiceNames.length;
  return name.startsWith('ZUGFeRD') ? index + 0.5 : index;
}

/** What an attachment leaves that has the name of an e-invoice, but cannot be read: the page must do. */
const unreadable: XmlReading = {
  format: 'xml',
  invoice: null,
  sections: [],
  problems: [{ code: 'unreadable-e-invoice', message: 'the e-invoice in the PDF is damaged; only the page is read' }],
};

/** The e-invoices among the attachments, told by content, the one to read first. */
function eInvoices(attachments: readonly Attachment[]): XmlReading[] {
  const ranked = [...attachments].sort((a, b) => rank(a.name) - rank(b.name));
  return ranked.flatMap(({ name, content }) => {
    const isNamed = rank(name) < invoiceNames.length;
    if (!isNamed && !name.toLowerCase().endsWith('.xml')) return [];
    try {
      const reading = readXml(content);
      return reading.invoice === null ? [] : [reading];
    } catch (error) {
      if (!(error instanceof Refusal) || error.type !== 'DocumentDamaged') throw error;
      return isNamed ? [unreadable] : [];
    }
  });
}

const noText: Problem = { code: 'no-text', message: 'the PDF has no text, only pictures; it must be read by a person' };

async function readOnce(bytes: Uint8Array, maxText: number, stopAtErrors: boolean): Promise<PdfReading> {
  const pdf = await openPdf(bytes, stopAtErrors);
  try {
    if (pdf.numPages < 1) throw damaged('PDF');
    if (pdf.numPages > maxPages) {
      const message = `the PDF has ${String(pdf.numPages)} pages, more than the ${String(maxPages)} that are read`;
      throw new Refusal('DocumentTooManyPages', message);
    }
    const found = eInvoices(await orDamaged('PDF', () => attachmentsOf(pdf)));
    const sections = await orDamaged('PDF', () => readPages(pdf, maxText));
    const isEmpty = sections.every(({ text }) => text.trim() === '');
    const chosen = found.find((each) => each.invoice !== null) ?? found[0];
    const problems: Problem[] = [...(chosen?.problems ?? [])];
    if (isEmpty && !chosen?.invoice) problems.push(noText);
    if (found.length > 1) {
      const message = `the PDF carries ${String(found.length)} e-invoices; the newest kind is read`;
      problems.push({ code: 'several-e-invoices', message });
    }
    if (chosen?.invoice) problems.push(...compareWithText(chosen.invoice.fields, sections));
    return {
      format: chosen?.invoice ? 'facturx' : 'pdf',
      pages: pdf.numPages,
      invoice: chosen?.invoice ?? null,
      sections,
      problems,
    };
  } finally {
    await pdf.destroy();
  }
}

const damagedParts: Problem = {
  code: 'damaged-parts',
  message: 'parts of the PDF are damaged; text or pictures may be missing',
};

/**
 * Reads a PDF. Scripts and forms in it are never run. A file with small damages is read around them, which is a problem
 * for a person to look at.
 */
export async function readPdf(bytes: Uint8Array, maxText: number): Promise<PdfReading> {
  refuseTruncated(bytes);
  try {
    return await readOnce(bytes, maxText, true);
  } catch (error) {
    if (!(error instanceof Refusal) || error.type !== 'DocumentDamaged') throw error;
  }
  const reading = await readOnce(bytes, maxText, false);
  return { ...reading, problems: [...reading.problems, damagedParts] };
}
