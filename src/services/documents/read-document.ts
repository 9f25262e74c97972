/** Bytes to {@link Reading}: detects the format and reads it. Runs in the child process; see `reader.ts`. */
import { csvToText } from './csv.ts';
import type { DecodedText } from './decode-text.ts';
import { detectFormat } from './detect-format.ts';
import { readDocx } from './docx.ts';
import type { EInvoice } from './e-invoice.ts';
import { readEmail } from './email.ts';
import { htmlToText } from './html-text.ts';
import { refuseHostileBytes } from './hostile.ts';
import { detectLanguage } from './language.ts';
import { readPdf } from './pdf.ts';
import { readXml } from './read-xml.ts';
import { Refusal } from './refusal.ts';
import type { DocumentFormat, Problem, Reading, Section } from './types.ts';

/** Most characters kept over all sections. */
const maxTextLength = 200_000;

interface RawReading {
  readonly format: DocumentFormat;
  readonly pages?: number;
  readonly invoice?: EInvoice | null;
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

function plain(format: DocumentFormat, title: string, text: string, decoded: DecodedText): RawReading {
  return { format, sections: [{ title, text }], problems: decoded.problems };
}

async function readRaw(bytes: Uint8Array): Promise<RawReading> {
  const detected = await detectFormat(bytes);
  switch (detected.kind) {
    case 'pdf':
      return readPdf(bytes, maxTextLength);
    case 'docx':
      return { format: 'docx', sections: await readDocx(bytes), problems: [] };
    case 'xml':
      return readXml(bytes);
    case 'email':
      return { format: 'email', ...(await readEmail(bytes, maxTextLength)) };
    case 'html':
      return plain('html', 'page', htmlToText(detected.decoded.text), detected.decoded);
    case 'csv':
      return plain('csv', 'table', csvToText(detected.decoded.text, detected.delimiter), detected.decoded);
    case 'text':
      return plain(
        'text',
        'text',
        detected.decoded.text
          .replace(/^\uFEFF/, '')
          .replace(/\r\n?/g, '\n')
          .trim(),
        detected.decoded,
      );
  }
}

/** PostgreSQL refuses NUL and lone surrogates; no text needs them. */
function withoutNulls(text: string): string {
  return text.replaceAll('\u0000', '').replace(/\p{Surrogate}/gu, '');
}

/** Keeps the first {@link maxTextLength} characters over all sections. */
function cutText(sections: readonly Section[]): { sections: Section[]; isCut: boolean } {
  let left = maxTextLength;
  let isCut = false;
  const kept: Section[] = [];
  for (const section of sections) {
    const text = withoutNulls(section.text);
    isCut ||= text.length > left;
    if (left > 0) kept.push({ title: section.title.slice(0, 200), text: text.slice(0, left) });
    left -= Math.min(left, text.length);
  }
  return { sections: kept, isCut };
}

function isSame(a: Problem, b: Problem): boolean {
  return a.code === b.code && a.field === b.field && a.message === b.message;
}

/** The element names of XML are English whatever the document's language. */
function languageOf(format: DocumentFormat, sections: readonly Section[]): Reading['language'] {
  const text = sections.map((section) => section.text).join('\n');
  return detectLanguage(['ubl', 'cii', 'fatturapa', 'xml'].includes(format) ? text.replace(/^\w+: /gm, '') : text);
}

/** Reads a document, or throws the {@link Refusal} that says why not. */
export async function readDocument(bytes: Uint8Array): Promise<Reading> {
  if (bytes.length === 0) throw new Refusal('DocumentEmpty', 'the document is empty; ask for it to be sent again');
  refuseHostileBytes(bytes, 'document');
  const raw = await readRaw(bytes);
  const { sections, isCut } = cutText(raw.sections);
  const problems = raw.problems.filter((each, index, list) => list.findIndex((other) => isSame(each, other)) === index);
  if (isCut) {
    problems.push({ code: 'text-cut', message: `only the first ${String(maxTextLength)} characters are kept` });
  }
  return {
    format: raw.format,
    pages: raw.pages ?? 1,
    sections,
    structured: raw.invoice?.fields ?? null,
    problems: problems.slice(0, 100),
    language: languageOf(raw.format, sections),
  };
}
