import { describe, expect, it } from '@jest/globals';
import { classifyReading } from '../../../src/services/documents/text-kind.ts';
import type { DocumentFields, Reading } from '../../../src/services/documents/types.ts';

function reading(text: string, more: Partial<Reading> = {}): Reading {
  return {
    format: 'text',
    pages: 1,
    sections: [{ title: 'text', text }],
    structured: null,
    problems: [],
    language: null,
    ...more,
  };
}

const structured = (type: string | null): DocumentFields => ({
  type,
  number: '1',
  issueDate: null,
  dueDate: null,
  seller: null,
  buyer: null,
  sellerTaxId: null,
  buyerTaxId: null,
  orderReference: null,
  currency: null,
  netTotal: null,
  taxTotal: null,
  grandTotal: null,
  amountDue: null,
  lines: [],
});

describe('kind of a document', () => {
  it.each([
    ['380', 'invoice'],
    ['384', 'invoice'],
    ['389', 'invoice'],
    ['326', 'invoice'],
    ['381', 'creditNote'],
    ['261', 'creditNote'],
    ['396', 'creditNote'],
    ['81', 'creditNote'],
  ] as const)('follows type code %s of an e-invoice to %s', (type, kind) => {
    expect(classifyReading(reading('', { structured: structured(type) }))).toMatchObject({
      value: kind,
      confidence: 0.99,
    });
  });

  it('is not sure of an e-invoice without type code', () => {
    expect(classifyReading(reading('', { structured: structured(null) })).confidence).toBeLessThan(0.9);
  });

  it.each([
    ['RECHNUNG\nRechnungsnummer 12\nSumme 119,00 EUR', 'invoice'],
    ['R E C H N U N G\nNr. 12\nSumme 119,00 EUR', 'invoice'],
    ['Facture FA-2017-0010\nTotal TTC 671,15 €', 'invoice'],
    ['INVOICE\nTotal $12.00', 'invoice'],
    ['Fattura n. 12\nTotale 12,00 €', 'invoice'],
    ['Avoir AV-1\nTotal TTC -12,00 €', 'creditNote'],
    ['Rechnungskorrektur\nSumme -12,00', 'creditNote'],
    ['2. Mahnung\nunsere Rechnung 4711', 'reminder'],
    ['Angebot Nr. 12\nSumme 100,00', 'quote'],
    ['Bestellung Nr. 4711\n10 Schrauben', 'order'],
    ['Lieferschein\n10 Schrauben', 'deliveryNote'],
    ['Mietvertrag\nzwischen A und B', 'contract'],
    ['Jahresbericht\nEs war ein gutes Jahr', 'report'],
    ['Dear Ms Smith,\nthank you for the fish.\nKind regards\nJim', 'letter'],
  ] as const)('tells %j as %s', (text, kind) => {
    expect(classifyReading(reading(text)).value).toBe(kind);
  });

  it('believes the type code in a title more than its words', () => {
    const selfBilled = 'Gutschrift (Selbst ausgestellte Rechnung) (389) Nr. 471102 vom 05.03.2018\nZahlbetrag 529,87';
    expect(classifyReading(reading(selfBilled))).toMatchObject({ value: 'invoice', confidence: 0.95 });
  });

  it('leaves a Gutschrift to a person, since self-billed invoices are called so too', () => {
    expect(classifyReading(reading('Gutschrift\nSumme 119,00 EUR')).confidence).toBeLessThan(0.9);
  });

  it.each([
    'Lieferschein\nzu Rechnung 4711\nUSt-ID DE136695976, IBAN DE02120300000000202051',
    'Dear Sir,\nplease pay the invoice, amount due 100.00\nKind regards',
    'Beleg\nUSt-ID DE1, MwSt 19,00, IBAN DE02',
  ])('never stores without review what may be an unread invoice: %j', (text) => {
    expect(classifyReading(reading(text)).confidence).toBeLessThan(0.9);
  });

  it('takes a CSV for a table, unless it speaks of invoicing throughout', () => {
    expect(classifyReading(reading('sku\tname\tstock\n1\tbolt\t5', { format: 'csv' }))).toMatchObject({
      value: 'table',
      confidence: 0.95,
    });
    const listed = 'Rechnung\tMwSt\tIBAN\n1\t19,00\tDE02';
    expect(classifyReading(reading(listed, { format: 'csv' })).confidence).toBeLessThan(0.9);
  });

  it('says nothing of a document without text', () => {
    expect(classifyReading(reading('')).confidence).toBeLessThan(0.5);
  });
});
