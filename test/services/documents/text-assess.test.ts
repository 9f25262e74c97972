import { describe, expect, it } from '@jest/globals';
import { assess, type Extractions } from '../../../src/services/documents/text-assess.ts';
import { extractAll, fieldsOf } from '../../../src/services/documents/text-invoice.ts';
import type { DocumentFields, Reading } from '../../../src/services/documents/types.ts';

const fields: DocumentFields = {
  type: '380',
  number: '1',
  issueDate: '2024-01-01',
  dueDate: null,
  seller: 'A',
  buyer: 'B',
  sellerTaxId: null,
  buyerTaxId: null,
  orderReference: null,
  currency: 'EUR',
  netTotal: '100.00',
  taxTotal: '19.00',
  grandTotal: '119.00',
  amountDue: '119.00',
  lines: [{ description: 'X', quantity: '1', unit: null, unitPrice: '100.00', netAmount: '100.00', taxRate: '19' }],
};

const reading: Reading = { format: 'ubl', pages: 1, sections: [], structured: fields, problems: [], language: null };
const structured = extractAll(reading);

/** The same fields as text would give them: proven, but never as sure as data. */
const text: Extractions = {
  kind: { ...structured.kind, confidence: 0.95 },
  identifiers: { ...structured.identifiers, confidence: 0.95 },
  parties: { ...structured.parties, confidence: 0.92 },
  dates: { ...structured.dates, confidence: 0.95 },
  totals: { ...structured.totals, confidence: 0.95 },
  lines: { ...structured.lines, confidence: 0.92 },
};

describe('assessment', () => {
  it('trusts data without problems', () => {
    expect(fieldsOf(structured)).toEqual(fields);
    expect(assess(fields, structured)).toEqual({ confidence: 0.99, problems: [] });
  });

  it('has a person look at data with a problem', () => {
    const problem = { code: 'sum-mismatch', message: 'does not add up' };
    expect(assess(fields, structured, [problem])).toEqual({ confidence: 0.75, problems: [problem] });
  });

  it.each([{ number: null }, { grandTotal: null }])('gives up on data without %o', (missing) => {
    expect(assess({ ...fields, ...missing }, structured).confidence).toBe(0.5);
  });

  it('gives up on several invoices in one file', () => {
    expect(assess(fields, structured, [{ code: 'several-invoices', message: 'two' }]).confidence).toBe(0.5);
  });

  it('is as sure of proven text as of its weakest group', () => {
    expect(assess(fields, text).confidence).toBe(0.92);
  });

  it.each([
    ['a group is not proven', fields, { ...text, parties: { ...text.parties, confidence: 0.7 } }],
    ['a field is missing', { ...fields, amountDue: null }, text],
    ['net and tax do not give the total', { ...fields, grandTotal: '120.00' }, text],
    ['lines do not give the net total', { ...fields, lines: [...fields.lines, ...fields.lines] }, text],
    ['the rate does not give the tax', { ...fields, taxTotal: '20.00', grandTotal: '120.00' }, text],
    ['a problem was seen', fields, { ...text, dates: { ...text.dates, problems: [{ code: 'x', message: 'y' }] } }],
  ])('has a person look at text when %s', (_, given, extractions) => {
    const { confidence, problems } = assess(given, extractions);
    expect(confidence).toBeGreaterThanOrEqual(0.7);
    expect(confidence).toBeLessThan(0.9);
    expect(problems.map(({ code }) => code)).toContain('text-only');
  });

  it('goes below the review threshold when most of an invoice could not be read', () => {
    const little = { ...fields, number: null, seller: null, buyer: null, amountDue: null, lines: [] };
    expect(assess(little, text).confidence).toBeLessThan(0.7);
  });

  it('is as sure of a letter as of its kind', () => {
    const letter: Extractions = { ...text, kind: { value: 'letter', confidence: 0.92, problems: [] } };
    expect(assess(fieldsOf(letter), letter).confidence).toBe(0.92);
    expect(fieldsOf(letter).number).toBeNull();
  });
});
