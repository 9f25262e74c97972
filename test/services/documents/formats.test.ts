import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readDocument } from '../../../src/services/documents/read-document.ts';
import { docxFiles, mail, paragraph, pdf, pdfWithContent, stream, table, ubl, zip } from './build-documents.ts';

const codes = (reading: { problems: readonly { code: string }[] }) => reading.problems.map(({ code }) => code);

describe('what a document is', () => {
  it.each([
    ['samples/invoices/EN16931_Einfach.pdf', 'facturx', 'de'],
    ['samples/invoices/EN16931_Elektron.ubl.xml', 'ubl', 'de'],
    ['samples/invoices/EN16931_OEPNV.cii.xml', 'cii', 'de'],
    ['samples/invoices/con-bollo.xml', 'fatturapa', null],
    ['samples/documents/delivery-reminder.eml', 'email', 'de'],
    ['samples/documents/offer.html', 'html', 'fr'],
    ['samples/documents/stock-list.csv', 'csv', null],
    ['samples/documents/letter.txt', 'text', 'en'],
  ])('is told by content: %s is %s', async (path, format, language) => {
    const reading = await readDocument(readFileSync(path));
    expect({ format: reading.format, language: reading.language }).toEqual({ format, language });
    expect(reading.problems).toEqual([]);
  });

  it('takes prose with commas for text, not for a table', async () => {
    const text = 'Dear Anna, dear Tom,\n\nthank you for coming, it was a pleasure.\nSee you soon, and take care,\nJo';
    expect((await readDocument(Buffer.from(text))).format).toBe('text');
  });

  it('takes unknown XML as text that can be searched', async () => {
    const reading = await readDocument(Buffer.from('<order xmlns="urn:x"><item>Chair &amp; table</item></order>'));
    expect(reading.format).toBe('xml');
    expect(reading.structured).toBeNull();
    expect(reading.sections[0]?.text).toBe('item: Chair & table');
  });
});

describe('text', () => {
  it.each([
    ['UTF-8 with mark', Buffer.from('\uFEFFGrüße aus Köln')],
    ['UTF-16 little endian with mark', Buffer.from('\uFEFFGrüße aus Köln', 'utf16le')],
    ['UTF-16 big endian with mark', Buffer.from('\uFEFFGrüße aus Köln', 'utf16le').swap16()],
    ['UTF-16 without mark', Buffer.from('Grüße aus Köln', 'utf16le')],
    ['Windows-1252', Buffer.from('Grüße aus Köln', 'latin1')],
  ])('is decoded from %s', async (_, bytes) => {
    expect((await readDocument(bytes)).sections[0]?.text).toBe('Grüße aus Köln');
  });

  it('says when XML is not in the character set it declares', async () => {
    const bytes = Buffer.from(ubl().toString('utf8'), 'latin1');
    expect(codes(await readDocument(bytes))).toContain('bad-encoding');
  });

  it('is cut at 200,000 characters, and says so', async () => {
    const reading = await readDocument(Buffer.from('Words of a letter. '.repeat(20_000)));
    expect(reading.sections.map(({ text }) => text.length)).toEqual([200_000]);
    expect(codes(reading)).toEqual(['text-cut']);
  });
});

describe('layout', () => {
  it('keeps the columns of a PDF table on one line, in the order they are seen', async () => {
    const rows = [
      { text: '9,90', x: 400, y: 700.4 },
      { text: 'Chair', x: 50, y: 700 },
      { text: '20', x: 300, y: 699.8 },
      { text: 'Invoice', x: 50, y: 780 },
      { text: 'R-1', x: 92, y: 780 },
    ];
    const reading = await readDocument(pdf(rows));
    expect(reading.format).toBe('pdf');
    expect(reading.sections[0]?.text).toBe('Invoice R-1\n\nChair\t20\t9,90');
  });

  it('says that a PDF without text must be read by a person', async () => {
    expect(codes(await readDocument(pdf([])))).toEqual(['no-text']);
  });

  it('keeps the tables of a Word document on one line a row', async () => {
    const body = `${paragraph('Offer &amp; terms')}${table([
      ['Chair', '20'],
      ['Desk', '5'],
    ])}`;
    const reading = await readDocument(zip(docxFiles(body)));
    expect(reading.format).toBe('docx');
    expect(reading.sections[0]?.text).toBe('Offer & terms\n\nChair\t20\nDesk\t5');
  });

  it('shows of HTML what a person sees', async () => {
    const html =
      '<!DOCTYPE html><html><head><title>x</title><style>p{}</style></head><body><p>Total: 5&nbsp;&euro; &amp; more</p>' +
      '<div style="display:none"><div>secret</div> still secret</div><!-- note --><table><tr><td><p>a</p></td><td>b</td></tr></table></body></html>';
    const reading = await readDocument(Buffer.from(html));
    expect(reading.sections[0]?.text).toBe('Total: 5 € & more\n\na\tb');
  });

  it('reads a table with quoted cells', async () => {
    const reading = await readDocument(Buffer.from('name;note\n"Chair; black";"two\nlines"\nDesk;none\n'));
    expect(reading.sections[0]?.text).toBe('name\tnote\nChair; black\ttwo lines\nDesk\tnone');
  });
});

describe('damaged PDFs', () => {
  it('are read around the damage, and say so', async () => {
    const broken = 'BT /F1 10 Tf 50 700 Td (Invoice R-1) Tj ET <<<< /X )( BT [[[ (x) Tj';
    const reading = await readDocument(pdfWithContent(stream(Buffer.from(broken))));
    expect(reading.sections[0]?.text).toBe('Invoice R-1');
    expect(codes(reading)).toEqual(['damaged-parts']);
  });
});

describe('mails', () => {
  it('take the fields of the one attached invoice, told by content', async () => {
    const reading = await readDocument(
      mail('Grüße', [
        { name: 'logo.png', content: Buffer.from('x') },
        { name: 'a.bin', content: ubl() },
      ]),
    );
    expect(reading.format).toBe('email');
    expect(reading.structured?.number).toBe('R-1');
    expect(reading.sections[0]?.text).toContain('Subject: Your invoice');
    expect(reading.sections[1]?.text).toBe('Grüße');
    expect(reading.problems).toEqual([]);
  });

  it('leave it to a person which of several attached invoices counts', async () => {
    const reading = await readDocument(
      mail('two', [
        { name: 'a.xml', content: ubl() },
        { name: 'b.xml', content: ubl() },
      ]),
    );
    expect(reading.structured).toBeNull();
    expect(codes(reading)).toEqual(['several-attachments']);
  });

  it('say that an attachment could not be read', async () => {
    const reading = await readDocument(mail('cut', [{ name: 'a.pdf', content: Buffer.from('%PDF-1.7\ncut off') }]));
    expect(codes(reading)).toEqual(['unreadable-attachment']);
  });
});

describe('PDFs that carry an e-invoice', () => {
  /** Pages with little text are not compared. */
  const filler = Array.from({ length: 5 }, (_, index) => ({
    text: 'Terms and conditions apply. '.repeat(2),
    x: 50,
    y: 600 - 20 * index,
  }));

  /** A PDF with an attachment of this name and content. */
  function withAttachment(name: string, content: Buffer, text: string): Buffer {
    const names = `/Names<</EmbeddedFiles<</Names[(${name})<</Type/Filespec/F(${name})/UF(${name})/EF<</F 6 0 R>>>>]>>>>`;
    const plain = pdf([{ text, x: 50, y: 700 }, ...filler], names);
    const at = plain.lastIndexOf('xref\n0 ');
    // The parser finds the added object by the table this rewrites.
    const object = Buffer.concat([
      Buffer.from('6 0 obj\n'),
      stream(content, '/Type/EmbeddedFile'),
      Buffer.from('\nendobj\n'),
    ]);
    const table = plain
      .subarray(at)
      .toString('latin1')
      .replace('0 6\n', '0 7\n')
      .replace('trailer', `${String(at).padStart(10, '0')} 00000 n \ntrailer`)
      .replace('/Size 6', '/Size 7')
      .replace(/startxref\n\d+/, `startxref\n${String(at + object.length)}`);
    return Buffer.concat([plain.subarray(0, at), object, Buffer.from(table, 'latin1')]);
  }

  it('take the fields from the XML when the page shows the same', async () => {
    const reading = await readDocument(withAttachment('xrechnung.xml', ubl(), `Invoice R-1 total 119,00 EUR`));
    expect(reading.format).toBe('facturx');
    expect(reading.structured?.grandTotal).toBe('119.00');
    expect(reading.problems).toEqual([]);
  });

  it('say when the page shows another number or total', async () => {
    const reading = await readDocument(withAttachment('xrechnung.xml', ubl(), `Invoice R-2 total 1.119,00 EUR`));
    expect(reading.problems.map(({ code, field }) => [code, field])).toEqual([
      ['differs-from-text', 'number'],
      ['differs-from-text', 'grandTotal'],
    ]);
  });

  it('say when the page is a credit note and the data an invoice', async () => {
    const reading = await readDocument(withAttachment('xrechnung.xml', ubl(), `Credit note R-1 total 119,00 EUR`));
    expect(codes(reading)).toEqual(['type-mismatch']);
  });

  it('are read from the page, and say so, when the e-invoice in them is damaged', async () => {
    const cut = ubl().subarray(0, 900);
    const reading = await readDocument(withAttachment('factur-x.xml', cut, 'Invoice R-1 total 119,00 EUR'));
    expect(reading.format).toBe('pdf');
    expect(reading.structured).toBeNull();
    expect(codes(reading)).toEqual(['unreadable-e-invoice']);
  });

  it('find the total beside other numbers and with any separators', async () => {
    for (const total of ['20 119,00', '119.00', '0 119']) {
      const reading = await readDocument(withAttachment('factur-x.xml', ubl(), `Invoice R-1 total ${total} EUR`));
      expect(reading.problems).toEqual([]);
    }
  });
});
