import { describe, expect, it } from '@jest/globals';
import { dateOrder, datesOf, parseDate } from '../../../src/services/documents/text-dates.ts';
import type { Row } from '../../../src/services/documents/text-layout.ts';

const rows = (...texts: string[]): Row[] =>
  texts.map((text) => ({ page: 0, text: text.replaceAll('\t', ' '), cells: text.split('\t') }));

describe('dates in text', () => {
  it.each([
    ['05.03.2018', '2018-03-05'],
    ['5 mars 2018', '2018-03-05'],
    ['1er août 2024', '2024-08-01'],
    ['5. März 2018', '2018-03-05'],
    ['March 5, 2018', '2018-03-05'],
    ['March 5 2018', '2018-03-05'],
    ['5th of March 2018', '2018-03-05'],
    ['2018-03-05', '2018-03-05'],
    ['11/17/2017', '2017-11-17'],
    ['17/11/2017', '2017-11-17'],
  ])('reads %s whatever the language', (text, expected) => {
    expect(parseDate(text, 'unknown')).toBe(expected);
  });

  it.each(['03/04/2018', '31.02.2018', '99.99.2018', 'March', '12.000'])('does not make a date of %s', (text) => {
    expect(parseDate(text, 'unknown')).toBeUndefined();
  });

  it('takes the order of day and month from another date of the document', () => {
    expect(dateOrder(rows('11/03/2017', 'paid 11/17/2017'), 'en')).toBe('month');
    expect(dateOrder(rows('11/03/2017', 'payé 17/11/2017'), 'fr')).toBe('day');
    expect(dateOrder(rows('11/17/2017', '17/11/2017'), 'fr')).toBe('unknown');
  });

  it('reads slashes day first in French, and not at all in English', () => {
    const invoice = rows('Invoice date\t03/04/2018');
    expect(datesOf(invoice, 'fr').value.issueDate).toBe('2018-04-03');
    expect(datesOf(invoice, 'en').value.issueDate).toBeNull();
  });

  it('leaves the issue date open when two labelled ones differ', () => {
    const { value, confidence } = datesOf(rows('Rechnungsdatum:\t05.03.2018', 'Rechnungsdatum:\t06.03.2018'), 'de');
    expect(value.issueDate).toBeNull();
    expect(confidence).toBe(0);
  });

  it('does not take the date of an order for the date of the invoice', () => {
    expect(datesOf(rows('Rechnung gemäß Bestellung vom 01.03.2018.'), 'de').value.issueDate).toBeNull();
    expect(datesOf(rows('Rechnung gemäß Bestellung Nr. 2018-471331 vom 01.03.2018.'), 'de').value.issueDate).toBeNull();
  });

  it('names no due date when a discount sets a second one', () => {
    const terms = rows('Rechnungsdatum:\t05.03.2018', 'Zahlbar netto bis 04.04.2018, 3% Skonto bis 15.03.2018');
    expect(datesOf(terms, 'de').value.dueDate).toBeNull();
  });
});
