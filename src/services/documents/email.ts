/** E-mails: headers, text, and the one attached invoice, if there is exactly one. */
import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { detectFormat } from './detect-format.ts';
import type { EInvoice } from './e-invoice.ts';
import { htmlToText } from './html-text.ts';
import { refuseHostileBytes } from './hostile.ts';
import { readPdf } from './pdf.ts';
import { readXml } from './read-xml.ts';
import { orDamaged, Refusal } from './refusal.ts';
import type { Problem, Section } from './types.ts';

/** An e-mail as read. */
export interface EmailReading {
  readonly pages: number;
  readonly invoice: EInvoice | null;
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

interface AttachedDocument {
  readonly pages: number;
  readonly invoice: EInvoice | null;
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

const maxAttachments = 500;

function address(from: Email['from']): string {
  return from === undefined ? '' : `${from.name} <${from.address ?? ''}>`.trim();
}

function headerSection(email: Email): Section {
  const lines = [
    ['From', address(email.from)],
    ['To', (email.to ?? []).map(address).join(', ')],
    ['Date', email.date ?? ''],
    ['Subject', email.subject ?? ''],
    ['Attachments', email.attachments.map(({ filename }) => filename ?? 'unnamed').join(', ')],
  ] as const;
  const text = lines.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}`);
  return { title: 'header', text: text.join('\n') };
}

function contentOf(attachment: Attachment): Uint8Array {
  const { content } = attachment;
  if (typeof content === 'string') return Buffer.from(content, 'utf8');
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

/** Reads an attachment if it is a PDF or an e-invoice; `undefined` for pictures, signatures and the rest. */
async function readAttached(bytes: Uint8Array, maxText: number): Promise<AttachedDocument | undefined> {
  const kind = await kindOf(bytes);
  if (kind === 'pdf') return readPdf(bytes, maxText);
  if (kind !== 'xml') return undefined;
  const reading = readXml(bytes);
  return reading.invoice === null ? undefined : { ...reading, pages: 1 };
}

async function kindOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    return (await detectFormat(bytes)).kind;
  } catch (error) {
    if (error instanceof Refusal && (error.type === 'DocumentBomb' || error.type === 'DocumentHostile')) throw error;
    return undefined;
  }
}

interface Attached {
  readonly documents: readonly AttachedDocument[];
  readonly problems: readonly Problem[];
}

/** A threat in an attachment refuses the mail; one that is merely unreadable is a problem for a person. */
async function readAttachments(email: Email, maxText: number): Promise<Attached> {
  const documents: AttachedDocument[] = [];
  const problems: Problem[] = [];
  for (const attachment of email.attachments.slice(0, maxAttachments)) {
    const name = attachment.filename ?? 'unnamed';
    const bytes = contentOf(attachment);
    refuseHostileBytes(bytes, 'attachment');
    try {
      const document = await readAttached(bytes, maxText);
      if (document === undefined) continue;
      documents.push({
        ...document,
        sections: document.sections.map(({ title, text }) => ({ title: `${name}, ${title}`, text })),
      });
    } catch (error) {
      if (!(error instanceof Refusal) || ['DocumentBomb', 'DocumentHostile'].includes(error.type)) throw error;
      problems.push({ code: 'unreadable-attachment', message: `${name.slice(0, 80)}: ${error.message}` });
    }
  }
  return { documents, problems };
}

function bodyText(email: Email): string {
  const plain = email.text?.trim() ?? '';
  return plain === '' ? htmlToText(email.html ?? '') : plain;
}

/** Reads a mail; nested mails, archives and pictures are named, not opened. */
export async function readEmail(bytes: Uint8Array, maxText: number): Promise<EmailReading> {
  const email = await orDamaged('e-mail', () => new PostalMime({ maxNestingDepth: 20 }).parse(bytes));
  const { documents, problems } = await readAttachments(email, maxText);
  const [only] = documents;
  const sections = [headerSection(email), { title: 'message', text: bodyText(email) }];
  if (documents.length > 1) {
    const message = `the mail has ${String(documents.length)} attached documents; a person must say which one counts`;
    const several: Problem = { code: 'several-attachments', message };
    return { pages: 1, invoice: null, sections, problems: [...problems, several] };
  }
  return {
    pages: only?.pages ?? 1,
    invoice: only?.invoice ?? null,
    sections: [...sections, ...(only?.sections ?? [])],
    problems: [...problems, ...(only?.problems ?? [])],
  };
}
