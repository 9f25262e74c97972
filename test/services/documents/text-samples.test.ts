import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../../src/config.ts';
import { judge } from '../../../src/services/documents/judge.ts';
import { openReader } from '../../../src/services/documents/reader.ts';
import { extractAll } from '../../../src/services/documents/text-invoice.ts';
import { mentionsOf } from '../../../src/services/documents/text-mentions.ts';

const invoices = 'samples/invoices';
const pdfs = readdirSync(invoices).filter((name) => name.endsWith('.pdf'));
const reader = openReader(loadSettings({}).documents);
afterAll(() => reader.close());

describe('the samples read by their visible text alone', () => {
  it.each(pdfs)('%s is never stored without review with a field that its data contradicts', async (name) => {
    const reading = await reader.read(readFileSync(join(invoices, name)), name);
    const data = reading.structured;
    if (data === null) throw new Error(`${name} carries no e-invoice`);
    const visible = { ...reading, format: 'pdf', structured: null, problems: [] } as const;
    const { fields, confidence } = judge(visible, extractAll(visible));
    expect(confidence).toBeLessThan(0.99);
    if (confidence < 0.9) return;
    const { number, issueDate, seller, buyer, currency, taxTotal, grandTotal, amountDue } = data;
    expect(fields).toMatchObject({ number, issueDate, seller, buyer, currency, taxTotal, grandTotal, amountDue });
    const essence = (lines: typeof data.lines) =>
      lines.map((line) => [line.description, line.quantity, line.netAmount]);
    expect(essence(fields.lines)).toEqual(essence(data.lines));
  });

  it('EN16931_Einfach.pdf proves itself, so not everything goes to a person', async () => {
    const reading = await reader.read(readFileSync(join(invoices, 'EN16931_Einfach.pdf')), 'EN16931_Einfach.pdf');
    const visible = { ...reading, format: 'pdf', structured: null, problems: [] } as const;
    expect(judge(visible, extractAll(visible)).confidence).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ['letter.txt', 'letter'],
    ['stock-list.csv', 'table'],
    ['offer.html', 'quote'],
  ])('%s is told as a %s and carries no invoice fields', async (name, kind) => {
    const reading = await reader.read(readFileSync(join('samples/documents', name)), name);
    const extractions = extractAll(reading);
    expect(extractions.kind.value).toBe(kind);
    expect(judge(reading, extractions).fields.number).toBeNull();
  });
});

describe('mentions', () => {
  it('finds people, places, money and addresses in English text', () => {
    const text =
      'Barack Obama met Angela Merkel in Berlin. Write to press@example.org. It cost $1,200.50 on 2024-03-05.';
    const { value } = mentionsOf({
      format: 'text',
      pages: 1,
      sections: [{ title: 'text', text }],
      structured: null,
      problems: [],
      language: 'en',
    });
    expect(value.people).toEqual(expect.arrayContaining(['Barack Obama', 'Angela Merkel']));
    expect(value.places).toContain('Berlin');
    expect(value.emails).toEqual(['press@example.org']);
    expect(value.money).toContain('$1,200.50');
    expect(value.dates).toContain('2024-03-05');
    expect(value.summary).toBeNull();
  });
});
