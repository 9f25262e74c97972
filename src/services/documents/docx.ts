/** Word documents: their text, tables with tabs between the cells. */
import mammoth from 'mammoth';
import { decodeText } from './decode-text.ts';
import { htmlToText } from './html-text.ts';
import { refuseHostileBytes } from './hostile.ts';
import { damaged, orDamaged } from './refusal.ts';
import type { Section } from './types.ts';
import { guardXml } from './xml.ts';
import { readZipEntry } from './zip-guard.ts';

/** The part of the archive that makes it a Word document. */
export const docxMainPart = 'word/document.xml';

/** Reads an archive that passed the zip guard. Macros and pictures are left alone. */
export async function readDocx(bytes: Uint8Array): Promise<readonly Section[]> {
  const main = await orDamaged('Word document', () => readZipEntry(bytes, docxMainPart));
  if (main === undefined) throw damaged('Word document');
  refuseHostileBytes(main, 'document');
  guardXml(decodeText(main).text);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const convertImage = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
  const html = await orDamaged('Word document', () => mammoth.convertToHtml({ buffer }, { convertImage }));
  return [{ title: 'document', text: htmlToText(html.value) }];
}
