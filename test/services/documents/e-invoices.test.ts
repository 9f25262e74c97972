import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkFields } from '../../../src/services/documents/check-fields.ts';
import { readDocument } from '../../../src/services/documents/read-document.ts';
import type { DocumentFields, Reading } from '../../../src/services/documents/types.ts';
import { ubl } from './build-documents.ts';

async function read(bytes: Uint8Array): Promise<{ reading: Reading; fields: DocumentFields; codes: string[] }> {
  const reading = await readDocument(bytes);
  if (reading.structured === null) throw new Error('no e-invoice in it');
  const problems = [...reading.problems, ...checkFields(reading.structured)];
  return { reading, fields: reading.structured, codes: problems.map(({ code }) => code) };
}

const sample = (name: string) => read(readFileSync(`samples/invoices/${name}`));

/** A FatturaPA file; `general` and `body` are added to the document's head and end. */
function fattura(general: string, body: string, payment = '122.00', type = 'TD01'): Buffer {
  return Buffer.from(`<?xml version="1.0"?><p:FatturaElettronica versione="FPR12" xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2">
<FatturaElettronicaHeader><CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice></IdFiscaleIVA><Anagrafica><Nome>Anna</Nome><Cognome>Bianchi</Cognome></Anagrafica></DatiAnagrafici></CedentePrestatore>
<CessionarioCommittente><DatiAnagrafici><CodiceFiscale>09876543210</CodiceFiscale><Anagrafica><Denominazione>BETA</Denominazione></Anagrafica></DatiAnagrafici></CessionarioCommittente></FatturaElettronicaHeader>
<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>${type}</TipoDocumento><Divisa>EUR</Divisa><Data>2026-02-01</Data><Numero>7</Numero>${general}</DatiGeneraliDocumento></DatiGenerali>
<DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Consulenza</Descrizione><PrezzoUnitario>125.00</PrezzoUnitario><ScontoMaggiorazione><Tipo>SC</Tipo><Percentuale>20.00</Percentuale></ScontoMaggiorazione><PrezzoTotale>100.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>
<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>100.00</ImponibileImporto><Imposta>22.00</Imposta></DatiRiepilogo></DatiBeniServizi>
<DatiPagamento><DettaglioPagamento><ImportoPagamento>${payment}</ImportoPagamento></DettaglioPagamento></DatiPagamento></FatturaElettronicaBody>${body}</p:FatturaElettronica>`);
}

describe('e-invoices', () => {
  it('in a PDF give every field as the XML has it', async () => {
    const { fields, codes } = await sample('EN16931_Einfach.pdf');
    expect(codes).toEqual([]);
    expect(fields).toEqual({
      type: '380',
      number: '471102',
      issueDate: '2018-03-05',
      dueDate: null,
      seller: 'Lieferant GmbH',
      buyer: 'Kunden AG Mitte',
      sellerTaxId: 'DE123456789',
      buyerTaxId: null,
      orderReference: null,
      currency: 'EUR',
      netTotal: '473.00',
      taxTotal: '56.87',
      grandTotal: '529.87',
      amountDue: '529.87',
      lines: [
        {
          description: 'Trennblätter A4',
          quantity: '20',
          unit: 'H87',
          unitPrice: '9.90',
          netAmount: '198.00',
          taxRate: '19',
        },
        {
          description: 'Joghurt Banane',
          quantity: '50',
          unit: 'H87',
          unitPrice: '5.50',
          netAmount: '275.00',
          taxRate: '7',
        },
      ],
    });
  });

  it('in ZUGFeRD 1.0 give what that version has', async () => {
    const { fields, codes } = await sample('ZUGFeRD_1p0_BASIC_Einfach.pdf');
    expect(codes).toEqual([]);
    expect(fields).toMatchObject({ number: '471102', issueDate: '2013-03-05', grandTotal: '235.62', amountDue: null });
    expect(fields.lines).toMatchObject([{ quantity: '20', unitPrice: null, netAmount: '198.00' }]);
  });

  it('in UBL give legal names, canonical numbers and the price of one unit', async () => {
    const { fields, codes } = await read(ubl());
    expect(codes).toEqual([]);
    expect(fields).toMatchObject({
      seller: 'Müller & Söhne GmbH',
      buyer: 'Buyer AG',
      dueDate: '2026-04-04',
      taxTotal: '19.00',
    });
    expect(fields.lines[0]).toMatchObject({
      quantity: '8000',
      unitPrice: '0.0125',
      netAmount: '100.00',
      taxRate: '19',
    });
  });

  it('keep the sign of a corrected invoice', async () => {
    const { fields, codes } = await sample('EN16931_Rechnungskorrektur.cii.xml');
    expect(codes).toEqual([]);
    expect(fields).toMatchObject({ type: '384', netTotal: '-7.67', taxTotal: '-1.12', grandTotal: '-8.79' });
    expect(fields.lines[0]).toMatchObject({ quantity: '-5', unitPrice: '1.00', netAmount: '-5.00' });
  });

  it('in FatturaPA give people, discounts and codes', async () => {
    const { fields, codes } = await read(fattura('', '', '122.00', 'TD04'));
    expect(codes).toEqual([]);
    expect(fields).toMatchObject({
      type: '381',
      seller: 'Anna Bianchi',
      buyerTaxId: '09876543210',
      grandTotal: '122.00',
    });
    expect(fields.lines[0]).toMatchObject({ quantity: null, unitPrice: '100.00', netAmount: '100.00' });
  });

  it('in FatturaPA may withhold tax and add stamp duty', async () => {
    const withholding = '<DatiRitenuta><ImportoRitenuta>20.00</ImportoRitenuta></DatiRitenuta>';
    const stamp =
      '<DatiBollo><ImportoBollo>2.00</ImportoBollo></DatiBollo><ImportoTotaleDocumento>124.00</ImportoTotaleDocumento>';
    expect(await read(fattura(withholding, '', '102.00'))).toMatchObject({
      codes: [],
      fields: { amountDue: '102.00' },
    });
    expect(await read(fattura(stamp, '', '124.00'))).toMatchObject({ codes: [], fields: { grandTotal: '124.00' } });
    expect((await read(fattura('', '', '102.00'))).codes).toEqual(['sum-mismatch']);
  });

  it('in FatturaPA are a problem when the file holds several', async () => {
    expect((await read(fattura('', '<FatturaElettronicaBody/>'))).codes).toContain('several-invoices');
  });

  it('take the tax total in the currency of the document', async () => {
    const inDollars = '<cac:TaxTotal><cbc:TaxAmount currencyID="USD">21.00</cbc:TaxAmount></cac:TaxTotal>';
    const { fields, codes } = await read(ubl((xml) => xml.replace('<cac:TaxTotal>', `${inDollars}<cac:TaxTotal>`)));
    expect(codes).toEqual([]);
    expect(fields.taxTotal).toBe('19.00');
  });

  it('keep the first 1,000 lines and say so', async () => {
    const line = /<cac:InvoiceLine>.*<\/cac:InvoiceLine>/;
    const { fields, codes } = await read(ubl((xml) => xml.replace(line, (found) => found.repeat(1_001))));
    expect(fields.lines.length).toBe(1_000);
    expect(codes).toContain('too-many-lines');
  });
});

describe('problems of e-invoices', () => {
  it.each([
    [
      'the lines',
      '<cbc:LineExtensionAmount currencyID="EUR">100</cbc:LineExtensionAmount><cac:Item>',
      '<cbc:LineExtensionAmount currencyID="EUR">99</cbc:LineExtensionAmount><cac:Item>',
      'sum-mismatch',
    ],
    [
      'the net total',
      '<cbc:TaxExclusiveAmount currencyID="EUR">100<',
      '<cbc:TaxExclusiveAmount currencyID="EUR">101<',
      'sum-mismatch',
    ],
    ['the tax total', '<cbc:TaxAmount currencyID="EUR">19<', '<cbc:TaxAmount currencyID="EUR">20<', 'sum-mismatch'],
    ['the tax of a rate', '<cbc:Percent>19</cbc:Percent>', '<cbc:Percent>7</cbc:Percent>', 'sum-mismatch'],
    [
      'the total with tax',
      '<cbc:TaxInclusiveAmount currencyID="EUR">119<',
      '<cbc:TaxInclusiveAmount currencyID="EUR">118<',
      'sum-mismatch',
    ],
    [
      'the amount due',
      '<cbc:PayableAmount currencyID="EUR">119<',
      '<cbc:PayableAmount currencyID="EUR">100<',
      'sum-mismatch',
    ],
    ['an amount', 'currencyID="EUR">119<', 'currencyID="EUR">119,00<', 'bad-amount'],
    ['a date', '2026-03-05', '2026-02-30', 'bad-date'],
    ['the type', '>380<', '>999<', 'unknown-type'],
    ['a credit note in an invoice', '>380<', '>381<', 'type-mismatch'],
    ['the currency', '>EUR</cbc:Doc', '>XXQ</cbc:Doc', 'unknown-currency'],
    ['the currency of the totals', '>EUR</cbc:Doc', '>USD</cbc:Doc', 'currency-mismatch'],
    ['the number', '<cbc:ID>R-1</cbc:ID>', '', 'missing-number'],
    ['the VAT number', 'DE123456789', 'DE12345', 'bad-tax-id'],
    ['an element', '<cbc:ID>R-1</cbc:ID>', '<cbc:ID>R-1</cbc:ID><extra xmlns="urn:x">1</extra>', 'unknown-element'],
  ])('are found in %s', async (_, from, to, code) => {
    const { codes } = await read(
      ubl((xml) => {
        expect(xml).toContain(from);
        return xml.replace(from, to);
      }),
    );
    expect(codes).toContain(code);
  });

  it.each([
    ['Facture_FR_BASIC.pdf', ['unknown-profile', 'sum-mismatch']],
    ['Avoir_FR_type380_EN16931.pdf', ['sum-mismatch', 'type-mismatch', 'type-mismatch']],
  ])('are found in the real invalid document %s', async (name, codes) => {
    expect((await sample(name)).codes).toEqual(codes);
  });

  it('are not found in any of the valid samples', async () => {
    const valid = readdirSync('samples/invoices').filter((name) => !/Facture_FR|Avoir/.test(name));
    const found = await Promise.all(valid.map(async (name) => [name, (await sample(name)).codes]));
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(([, codes]) => codes?.length !== 0)).toEqual([]);
  });
});

describe('checking fields', () => {
  const today = new Date('2026-06-01T00:00:00Z');
  const good: DocumentFields = {
    type: '380',
    number: 'R-1',
    issueDate: '2026-03-05',
    dueDate: '2026-04-04',
    seller: 'Seller',
    buyer: 'Buyer',
    sellerTaxId: 'ATU12345678',
    buyerTaxId: null,
    orderReference: null,
    currency: 'CHF',
    netTotal: '100.00',
    taxTotal: '8.10',
    grandTotal: '108.10',
    amountDue: '108.10',
    lines: [],
  };

  it('finds nothing wrong with good fields', () => {
    expect(checkFields(good, today)).toEqual([]);
  });

  it.each<[string, Partial<DocumentFields>, string, keyof DocumentFields]>([
    ['no seller', { seller: ' ' }, 'missing-seller', 'seller'],
    ['no total', { grandTotal: null }, 'missing-grand-total', 'grandTotal'],
    ['no type', { type: null }, 'missing-type', 'type'],
    ['totals that do not add up', { grandTotal: '108.11' }, 'sum-mismatch', 'grandTotal'],
    ['a total without its tax', { taxTotal: null }, 'sum-mismatch', 'grandTotal'],
    ['an amount that is none', { amountDue: '1.000,00' }, 'bad-amount', 'amountDue'],
    ['an issue date far in the future', { issueDate: '2062-03-05', dueDate: null }, 'implausible-date', 'issueDate'],
    ['a due date years before', { dueDate: '2016-04-04' }, 'implausible-date', 'dueDate'],
    ['a date that does not exist', { dueDate: '2026-04-31' }, 'bad-date', 'dueDate'],
    ['a currency that does not exist', { currency: 'EURO' }, 'unknown-currency', 'currency'],
    [
      'an invoice with a negative total',
      { netTotal: '-100.00', taxTotal: '-8.10', grandTotal: '-108.10' },
      'type-mismatch',
      'type',
    ],
  ])('finds %s', (_, change, code, field) => {
    const found = checkFields({ ...good, ...change }, today);
    expect(found.map((problem) => [problem.code, problem.field])).toEqual([[code, field]]);
  });
});
