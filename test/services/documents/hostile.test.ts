import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { categoryOf } from '../../../src/failures.ts';
import { openReader } from '../../../src/services/documents/reader.ts';
import {
  docxFiles,
  mail,
  paragraph,
  pdf,
  pdfOf,
  pdfWithContent,
  pdfWithPages,
  stream,
  testVirus,
  ubl,
  zip,
} from './build-documents.ts';

const reader = openReader({ maxBytes: 5 * 1024 * 1024, readTimeoutMs: 30_000, readMemoryMb: 384 });
const sample = readFileSync('samples/invoices/EN16931_Einfach.pdf');

afterAll(() => reader.close());

/** Reads a document that must be refused, and checks that the refusal is final. */
async function refusal(bytes: Uint8Array, from = reader): Promise<string> {
  const error: unknown = await from.read(bytes, 'document').then(
    () => 'was read',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(error)}`);
  expect(categoryOf(error)).toBe('validation');
  expect(error.nonRetryable).toBe(true);
  expect(error.message.split('\n').length).toBeLessThanOrEqual(2);
  return error.type ?? '';
}

async function expectStillReading(): Promise<void> {
  const reading = await reader.read(sample, 'sample.pdf');
  expect(reading.structured?.grandTotal).toBe('529.87');
}

describe('documents that cannot be read', () => {
  it('refuses an empty document and one of white space only', async () => {
    expect(await refusal(new Uint8Array())).toBe('DocumentEmpty');
    expect(await refusal(Buffer.from(' \r\n\t '))).toBe('DocumentEmpty');
  });

  it('refuses a document over the size limit', async () => {
    expect(await refusal(Buffer.alloc(5 * 1024 * 1024 + 1, 'a'))).toBe('DocumentTooLarge');
  });

  it('refuses a PDF that needs a password', async () => {
    const secret = randomBytes(32).toString('hex');
    const encrypt = `/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<${secret}>/U<${secret}>>>/ID[<00><00>]`;
    expect(await refusal(pdf([{ text: 'secret', x: 50, y: 700 }], '', encrypt))).toBe('DocumentEncrypted');
  });

  it('refuses a Word document that needs a password, in both containers', async () => {
    const files = docxFiles(paragraph('secret')).map((file) => ({ ...file, isEncrypted: true }));
    const container = Buffer.concat([
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      Buffer.alloc(504),
      Buffer.from('EncryptedPackage', 'utf16le'),
    ]);
    expect(await refusal(zip(files))).toBe('DocumentEncrypted');
    expect(await refusal(container)).toBe('DocumentEncrypted');
  });

  it.each([0.3, 0.6, 0.9, 0.99])('refuses documents cut off after %d of their length', async (share) => {
    const cut = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * share));
    expect(await refusal(cut(sample))).toBe('DocumentDamaged');
    expect(await refusal(cut(ubl()))).toBe('DocumentDamaged');
    expect(await refusal(cut(zip(docxFiles(paragraph('cut')))))).toBe('DocumentDamaged');
  });

  it('refuses pictures, programs, archives and random bytes, whatever they are called', async () => {
    const png = Buffer.from(
      '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000049454e44ae426082',
      'hex',
    );
    const program = Buffer.concat([Buffer.from('MZ'), randomBytes(500)]);
    const archive = zip([{ name: 'invoice.pdf', content: sample }]);
    for (const bytes of [png, program, archive, randomBytes(4000), Buffer.alloc(3000)]) {
      expect(await refusal(bytes)).toBe('DocumentUnsupported');
    }
  });
});

describe('hostile documents', () => {
  it('refuses the virus test string anywhere: bare, in an e-invoice, in a mail', async () => {
    const attachment = `<cac:AdditionalDocumentReference><cbc:ID>x</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject>${testVirus.toString('base64')}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>`;
    expect(await refusal(testVirus)).toBe('DocumentHostile');
    expect(await refusal(ubl((xml) => xml.replace('<cac:TaxTotal>', `${attachment}<cac:TaxTotal>`)))).toBe(
      'DocumentHostile',
    );
    expect(await refusal(mail('see attachment', [{ name: 'a.txt', content: testVirus }]))).toBe('DocumentHostile');
  });

  it('refuses a mail with a program attached under a harmless name', async () => {
    const program = Buffer.concat([Buffer.from('MZ'), randomBytes(500)]);
    expect(await refusal(mail('see attachment', [{ name: 'invoice.pdf', content: program }]))).toBe('DocumentHostile');
  });

  it('refuses XML with entities: billion laughs, external files, in UTF-16 and in Word', async () => {
    const laughs = `<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${String(i)} "${'&a;'.repeat(10)}">`).join('')}]>`;
    const external = '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>';
    const utf16 = Buffer.from(`\uFEFF<?xml version="1.0" encoding="UTF-16"?>${external}<r>&e;</r>`, 'utf16le');
    expect(await refusal(Buffer.from(`<?xml version="1.0"?>${laughs}<l>&a8;</l>`))).toBe('DocumentHostile');
    expect(await refusal(ubl((xml) => xml.replace('<Invoice', `${external}<Invoice`)))).toBe('DocumentHostile');
    expect(await refusal(utf16)).toBe('DocumentHostile');
    expect(await refusal(zip(docxFiles(paragraph('&e;'), external)))).toBe('DocumentHostile');
  });

  it('refuses XML that is too deep or has masses of attributes', async () => {
    const deep = `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`;
    const wide = `<a ${Array.from({ length: 5_000 }, (_, index) => `b${String(index)}="1"`).join(' ')}/>`;
    expect(await refusal(Buffer.from(deep))).toBe('DocumentHostile');
    expect(await refusal(Buffer.from(wide))).toBe('DocumentHostile');
  });

  it('refuses zip bombs, those that say what they are and those that lie', async () => {
    const zeros = Buffer.alloc(60 * 1024 * 1024);
    const [types, relations, main] = docxFiles(paragraph('bomb'));
    if (!types || !relations || !main) throw new Error('no document');
    const honest = zip([types, relations, main, { name: 'word/media/a.bin', content: zeros }]);
    const lying = zip([types, relations, main, { name: 'word/media/a.bin', content: zeros, declaredSize: 1000 }]);
    expect(await refusal(honest)).toBe('DocumentBomb');
    expect(await refusal(lying)).toBe('DocumentBomb');
  });

  it('refuses a PDF with too many pages, and one that claims pages it does not have', async () => {
    const claimed = pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 1000000>>']);
    expect(await refusal(pdfWithPages(2_001))).toBe('DocumentTooManyPages');
    expect(await refusal(claimed)).toBe('DocumentDamaged');
  });

  it('ends a PDF bomb at the memory limit and reads the next document', async () => {
    const layer = deflateSync(Buffer.alloc(300 * 1024 * 1024, ' '), { level: 9 });
    const twice = deflateSync(layer, { level: 9 });
    const head = `<</Length ${String(twice.length)}/Filter[/FlateDecode/FlateDecode]>>stream\n`;
    const content = Buffer.concat([Buffer.from(head), twice, Buffer.from('\nendstream')]);
    expect(await refusal(pdfWithContent(content))).toBe('DocumentTooLargeToRead');
    await expectStillReading();
  });

  it('ends a document that takes too long and reads the next one', async () => {
    const hasty = openReader({ maxBytes: 50e6, readTimeoutMs: 600, readMemoryMb: 1024 });
    try {
      const content = Buffer.from('BT /F1 1 Tf (slow) Tj ET '.repeat(400_000));
      expect(await refusal(pdfWithContent(stream(content)), hasty)).toBe('DocumentTooSlow');
      expect((await hasty.read(Buffer.from('Dear Sir, all is well.'), 'letter')).format).toBe('text');
    } finally {
      await hasty.close();
    }
  });

  it('does not run the scripts of a PDF or of HTML', async () => {
    const script = "/OpenAction<</S/JavaScript/JS(app.alert\\('run'\\))>>";
    const text = 'An ordinary letter with enough words.';
    const fromPdf = await reader.read(pdf([{ text, x: 50, y: 700 }], script), 'script.pdf');
    const fromHtml = await reader.read(
      Buffer.from(`<html><script>document.write('run')</script><p>${text}</p></html>`),
      'a',
    );
    expect(fromPdf.sections[0]?.text).toBe(text);
    expect(fromHtml.sections[0]?.text).toBe(text);
  });
});

describe('the reading processes', () => {
  it('do not condemn a document when a process is killed from outside', async () => {
    const lonely = openReader({ maxBytes: 50e6, readTimeoutMs: 20_000, readMemoryMb: 1024 });
    try {
      await lonely.read(Buffer.from('Dear Sir, all is well.'), 'letter');
      const content = Buffer.from('BT /F1 1 Tf (slow) Tj ET '.repeat(30_000));
      const reading = lonely.read(pdfWithContent(stream(content)), 'slow.pdf');
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const pid of childPids('--memory-mb=1024')) process.kill(pid, 'SIGKILL');
      expect((await reading).format).toBe('pdf');
    } finally {
      await lonely.close();
    }
  });

  it('end at once when the caller gives up, and leave no process behind after closing', async () => {
    const stopped = openReader({ maxBytes: 50e6, readTimeoutMs: 20_000, readMemoryMb: 1023 });
    await stopped.read(Buffer.from('Dear Sir, all is well.'), 'letter');
    const controller = new AbortController();
    const content = Buffer.from('BT /F1 1 Tf (slow) Tj ET '.repeat(400_000));
    const reading = stopped.read(pdfWithContent(stream(content)), 'slow.pdf', controller.signal);
    setTimeout(() => {
      controller.abort(new Error('given up'));
    }, 300);
    await expect(reading).rejects.toThrow('given up');
    await stopped.close();
    expect(childPids('--memory-mb=1023')).toEqual([]);
  });

  it('read forty documents at once with two processes', async () => {
    const readings = await Promise.all(Array.from({ length: 40 }, () => reader.read(sample, 'sample.pdf')));
    expect(new Set(readings.map((reading) => reading.structured?.number))).toEqual(new Set(['471102']));
    expect(childPids('--memory-mb=384').length).toBeLessThanOrEqual(2);
  });
});

/** Children of this process with a mark in their command line. */
function childPids(mark: string): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n');
  return rows
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((match) => Number(match?.[2]) === process.pid && match?.[3]?.includes(mark) === true)
    .map((match) => Number(match?.[1]));
}
