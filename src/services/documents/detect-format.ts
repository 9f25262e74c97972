/** Tells what bytes are by looking at them; names and declared types are never believed. */
import { fileTypeFromBuffer } from 'file-type';
import { csvDelimiter } from './csv.ts';
import { decodeText, type DecodedText, encodingOfBytes, looksBinary } from './decode-text.ts';
import { docxMainPart } from './docx.ts';
import { Refusal } from './refusal.ts';
import { inspectZip } from './zip-guard.ts';

/** What the bytes are; text kinds come with their text. */
export type Detected =
  | { readonly kind: 'pdf' | 'docx' | 'xml' }
  | { readonly kind: 'email' | 'html' | 'text'; readonly decoded: DecodedText }
  | { readonly kind: 'csv'; readonly decoded: DecodedText; readonly delimiter: string };

const unsupported = (what: string): Refusal =>
  new Refusal('DocumentUnsupported', `${what} cannot be read; send it as PDF, XML, DOCX, e-mail, HTML, CSV or text`);

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

const zipMagic = [0x50, 0x4b, 0x03, 0x04];
const emptyZipMagic = [0x50, 0x4b, 0x05, 0x06];
const oleMagic = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/** Old Office files; a new one that is protected with a password also hides in this container. */
function refuseOle(bytes: Uint8Array): never {
  if (Buffer.from(bytes).includes(Buffer.from('EncryptedPackage', 'utf16le'))) {
    throw new Refusal('DocumentEncrypted', 'the document is protected with a password; ask for it without');
  }
  throw unsupported('an old Office file');
}

async function detectZip(bytes: Uint8Array): Promise<Detected> {
  const { names } = await inspectZip(bytes);
  if (names.has(docxMainPart)) return { kind: 'docx' };
  throw unsupported('an archive');
}

const headerLine = /^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?(.*)$/;
const mailHeaders = new Set(
  'from to cc subject date received return-path delivered-to message-id mime-version content-type reply-to sender'.split(
    ' ',
  ),
);

/** A mail starts with a block of header lines, at least two of them the ones only mails have. */
function looksLikeMail(text: string): boolean {
  const block = text.slice(0, 65_536).split(/\r?\n\r?\n/, 1)[0] ?? '';
  const lines = block.split(/\r?\n/);
  if (lines[0]?.startsWith('From ') === true) lines.shift();
  let known = 0;
  for (const [index, line] of lines.entries()) {
    if (/^[ \t]/.test(line) && index > 0) continue;
    const name = headerLine.exec(line)?.[1]?.toLowerCase();
    if (name === undefined) return false;
    if (mailHeaders.has(name)) known += 1;
  }
  return known >= 2 && /^(?:from|received|return-path|message-id|mime-version|subject):/im.test(block);
}

const htmlStart =
  /^(?:<\?xml[^>]*\?>\s*)?(?:<!--[^>]*-->\s*)*<(?:!doctype\s+html|html|head|body|div|table|p|meta|h1|style|title)(?=[\s>/])/i;

function detectText(decoded: DecodedText): Detected {
  const text = decoded.text.trimStart();
  if (htmlStart.test(text.slice(0, 4096))) return { kind: 'html', decoded };
  if (/^<(?:\?xml\b|!DOCTYPE\b|!--|!ENTITY\b|[A-Za-z_][\w.-]*(?::[\w.-]+)?[\s/>])/.test(text.slice(0, 300)))
    return { kind: 'xml' };
  if (looksLikeMail(text)) return { kind: 'email', decoded };
  const delimiter = csvDelimiter(text);
  return delimiter === undefined ? { kind: 'text', decoded } : { kind: 'csv', decoded, delimiter };
}

/** What a document is, by content; what cannot be read is refused with what could be sent instead. */
export async function detectFormat(bytes: Uint8Array): Promise<Detected> {
  if (startsWith(bytes, zipMagic) || startsWith(bytes, emptyZipMagic)) return detectZip(bytes);
  if (startsWith(bytes, oleMagic)) refuseOle(bytes);
  if (Buffer.from(bytes.subarray(0, 1024)).includes('%PDF-')) return { kind: 'pdf' };
  // The mark of UTF-16 is also how some sound files begin.
  const type =
    encodingOfBytes(bytes) !== undefined
      ? undefined
      : await fileTypeFromBuffer(bytes.subarray(0, 65_536)).catch(() => undefined);
  if (type !== undefined && !/xml|html|^text\/|rfc822/.test(type.mime))
    throw unsupported(`a file of type ${type.mime}`);
  const decoded = decodeText(bytes);
  if (looksBinary(decoded.text)) throw unsupported('a file of unknown type');
  if (decoded.text.trim() === '')
    throw new Refusal('DocumentEmpty', 'the document is empty; ask for it to be sent again');
  return detectText(decoded);
}
