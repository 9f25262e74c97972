/** XML documents: e-invoices become fields, every other XML its text. */
import { ciiRoots, readCii } from './cii.ts';
import { decodeText } from './decode-text.ts';
import type { EInvoice } from './e-invoice.ts';
import { readFattura } from './fatturapa.ts';
import { refuseHostileBytes } from './hostile.ts';
import type { DocumentFormat, Problem, Section } from './types.ts';
import { readUbl, ublNamespace } from './ubl.ts';
import { parseXml, walk, type XmlElement } from './xml.ts';

/** An XML document as read. */
export interface XmlReading {
  readonly format: Extract<DocumentFormat, 'ubl' | 'cii' | 'fatturapa' | 'xml'>;
  readonly invoice: EInvoice | null;
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

const ciiNamespace =
  /^urn:(?:un:unece:uncefact:data:.*:(?:CrossIndustryInvoice|SCRDMCCBDACIOMessageStructure):\d+|ferd:CrossIndustryDocument:.*)$/;
const fatturaNamespace = /fatture?\/v1\.\d|fatturapa|FatturaElettronica/i;
const binaryNames = new Set([
  'EmbeddedDocumentBinaryObject',
  'AttachmentBinaryObject',
  'Attachment',
  'X509Certificate',
]);

/** Which e-invoice a root element announces; `xml` for all others. */
function xmlFormat(root: XmlElement): XmlReading['format'] {
  if (ublNamespace.test(root.namespace)) return 'ubl';
  if ((ciiRoots as readonly string[]).includes(root.name) && ciiNamespace.test(root.namespace)) return 'cii';
  if (root.name === 'FatturaElettronica' && fatturaNamespace.test(root.namespace)) return 'fatturapa';
  return 'xml';
}

/** Files inside the XML are never opened, but what they are decides whether the document is refused. */
function refuseHostileContent(root: XmlElement): void {
  for (const element of walk(root)) {
    if (element.text.length < 32) continue;
    refuseHostileBytes(Buffer.from(element.text, 'latin1'), 'text');
    if (binaryNames.has(element.name)) refuseHostileBytes(Buffer.from(element.text, 'base64'), 'attachment');
  }
}

/** `Name: value` for every element with text of its own, so that search finds what the document says. */
function textOf(root: XmlElement): string {
  const lines: string[] = [];
  for (const element of walk(root)) {
    if (element.text !== '' && !binaryNames.has(element.name)) lines.push(`${element.name}: ${element.text}`);
  }
  return lines.join('\n');
}

const readers = { ubl: readUbl, cii: readCii, fatturapa: readFattura };

/** Parses and reads an XML document; what is hostile or damaged is refused. */
export function readXml(bytes: Uint8Array): XmlReading {
  const { text, problems } = decodeText(bytes);
  const root = parseXml(text);
  refuseHostileContent(root);
  const format = xmlFormat(root);
  const invoice = format === 'xml' ? null : readers[format](root);
  return {
    format,
    invoice,
    sections: [{ title: root.name, text: textOf(root) }],
    problems: [...problems, ...(invoice?.problems ?? [])],
  };
}
