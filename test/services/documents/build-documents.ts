/** Builds small real documents for the reader's tests, most of them with something wrong on purpose. */
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

/** One file of an archive; `declaredSize` lies about its size. */
export interface ZipFile {
  readonly name: string;
  readonly content: Buffer;
  readonly declaredSize?: number;
  readonly isEncrypted?: boolean;
}

function header(file: ZipFile, packed: Buffer, signature: number, offset: number | undefined): Buffer {
  const central = offset !== undefined;
  const fixed = Buffer.alloc(central ? 46 : 30);
  const at = central ? 2 : 0;
  fixed.writeUInt32LE(signature, 0);
  if (central) fixed.writeUInt16LE(20, 4);
  fixed.writeUInt16LE(20, 4 + at);
  fixed.writeUInt16LE(file.isEncrypted === true ? 1 : 0, 6 + at);
  fixed.writeUInt16LE(8, 8 + at);
  fixed.writeUInt32LE(crc32(file.content), 14 + at);
  fixed.writeUInt32LE(packed.length, 18 + at);
  fixed.writeUInt32LE(file.declaredSize ?? file.content.length, 22 + at);
  fixed.writeUInt16LE(file.name.length, 26 + at);
  if (central) fixed.writeUInt32LE(offset, 42);
  return Buffer.concat([fixed, Buffer.from(file.name)]);
}

/** A zip archive. */
export function zip(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const packed = deflateRawSync(file.content);
    const local = Buffer.concat([header(file, packed, 0x04034b50, undefined), packed]);
    centrals.push(header(file, packed, 0x02014b50, offset));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const contentTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`;
const relations = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`;

/** The files of a Word document with this body. */
export function docxFiles(body: string, prolog = ''): ZipFile[] {
  const document = `<?xml version="1.0"?>${prolog}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`;
  return [
    { name: '[Content_Types].xml', content: Buffer.from(contentTypes) },
    { name: '_rels/.rels', content: Buffer.from(relations) },
    { name: 'word/document.xml', content: Buffer.from(document) },
  ];
}

/** A paragraph of a Word document. */
export function paragraph(text: string): string {
  return `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`;
}

/** A table of a Word document. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => `<w:tr>${row.map((cell) => `<w:tc>${paragraph(cell)}</w:tc>`).join('')}</w:tr>`);
  return `<w:tbl>${cells.join('')}</w:tbl>`;
}

/** A PDF from numbered objects, with a correct cross-reference table. */
export function pdfOf(objects: readonly (string | Buffer)[], trailer = ''): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const offsets: number[] = [];
  let length = parts[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    const body = typeof object === 'string' ? Buffer.from(object, 'latin1') : object;
    const part = Buffer.concat([Buffer.from(`${String(index + 1)} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    offsets.push(length);
    parts.push(part);
    length += part.length;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = String(objects.length + 1);
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<</Size ${size}/Root 1 0 R${trailer}>>\nstartxref\n${String(length)}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(end)]);
}

/** A compressed stream object. */
export function stream(content: Buffer, entries = ''): Buffer {
  const packed = deflateSync(content);
  const head = `<</Length ${String(packed.length)}/Filter/FlateDecode${entries}>>stream\n`;
  return Buffer.concat([Buffer.from(head), packed, Buffer.from('\nendstream')]);
}

const font = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>';

/** A one-page PDF that draws these texts at these places. */
export function pdf(texts: readonly { text: string; x: number; y: number }[], catalog = '', trailer = ''): Buffer {
  const drawn = texts.map(({ text, x, y }) => `BT /F1 10 Tf ${String(x)} ${String(y)} Td (${text}) Tj ET`).join('\n');
  return pdfWithContent(stream(Buffer.from(drawn, 'latin1')), catalog, trailer);
}

/** A one-page PDF with this content stream. */
export function pdfWithContent(content: Buffer, catalog = '', trailer = ''): Buffer {
  return pdfOf(
    [
      `<</Type/Catalog/Pages 2 0 R${catalog}>>`,
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
      content,
      font,
    ],
    trailer,
  );
}

/** A PDF with this many pages that share one content. */
export function pdfWithPages(count: number): Buffer {
  const kids = Array.from({ length: count }, (_, index) => `${String(index + 5)} 0 R`).join(' ');
  const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 3 0 R>>>>>>';
  return pdfOf([
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Kids[${kids}]/Count ${String(count)}>>`,
    font,
    stream(Buffer.from('BT /F1 10 Tf 50 700 Td (page) Tj ET')),
    ...Array.from({ length: count }, () => page),
  ]);
}

/** A mail with attachments. */
export function mail(text: string, attachments: readonly { name: string; content: Buffer }[]): Buffer {
  const parts = attachments.map(
    ({ name, content }) =>
      `--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n` +
      `Content-Disposition: attachment; filename="${name}"\r\n\r\n${content.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`,
  );
  return Buffer.from(
    `From: A <a@example.com>\r\nTo: B <b@example.com>\r\nSubject: Your invoice\r\nMIME-Version: 1.0\r\n` +
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n` +
      `${parts.join('')}--b--\r\n`,
  );
}

/** The string every virus scanner knows, put together here so that none finds it in this file. */
export const testVirus = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR', '-STANDARD-', 'ANTIVIRUS', '-TEST-FILE!$H+H*'].join(''),
);

/** A small UBL invoice whose parts can be replaced. */
export function ubl(replace: (xml: string) => string = (xml) => xml): Buffer {
  return Buffer.from(
    replace(`<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>R-1</cbc:ID><cbc:IssueDate>2026-03-05</cbc:IssueDate><cbc:DueDate>2026-04-04</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Trade name</cbc:Name></cac:PartyName><cac:PartyTaxScheme><cbc:CompanyID>DE123456789</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Müller &amp; Söhne GmbH</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Buyer AG</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount><cac:TaxCategory><cbc:Percent>19</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">100</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">119</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">119</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="H87">8000.000</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="EUR">100</cbc:LineExtensionAmount><cac:Item><cbc:Name>Schraube</cbc:Name><cac:ClassifiedTaxCategory><cbc:Percent>19.00</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">1.2500</cbc:PriceAmount><cbc:BaseQuantity unitCode="H87">100</cbc:BaseQuantity></cac:Price></cac:InvoiceLine>
</Invoice>`),
  );
}
