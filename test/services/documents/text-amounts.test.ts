import { describe, expect, it } from '@jest/globals';
import { currencyOf, decimalMark, parseAmount, parseMoney } from '../../../src/services/documents/text-amounts.ts';
import type { Row } from '../../../src/services/documents/text-layout.ts';

const rows = (...texts: string[]): Row[] => texts.map((text) => ({ page: 0, text, cells: text.split('\t') }));

describe('amounts in text', () => {
  it.each([
    ['1.234,56', ',', '1234.56'],
    ['1 234,56 €', ',', '1234.56'],
    ["CHF 1'234.50", '.', '1234.5'],
    ['$1,980.00', '.', '1980'],
    ['-17808,00', ',', '-17808'],
    ['12,50-', ',', '-12.5'],
    ['(12.50)', '.', '-12.5'],
    ['15.387,08', ',', '15387.08'],
  ] as const)('reads %s with decimal mark %s as %s', (text, mark, expected) => {
    expect(parseMoney(text, mark)?.toFixed()).toBe(expected);
  });

  it('does not decide between thousands and decimals when the document does not', () => {
    expect(parseAmount('1.234', 'unknown')).toBeUndefined();
    expect(parseAmount('1.234', ',')?.value.toFixed()).toBe('1234');
    expect(parseAmount('1.234', '.')?.value.toFixed()).toBe('1.234');
  });

  it.each(['05.03.2018', 'A4', '12345678901234567 x y', '19 % USt auf alles', ''])('takes %j for no money', (text) => {
    expect(parseMoney(text, ',')).toBeUndefined();
  });

  it('keeps the unit of a quantity and the sign of a percentage apart from the number', () => {
    expect(parseAmount('20 Stk', ',')).toMatchObject({ unit: 'Stk', percent: false });
    expect(parseAmount('19 %', ',')).toMatchObject({ unit: null, percent: true });
  });

  it('tells the decimal mark from money, not from opening hours or dates', () => {
    expect(decimalMark(rows('Mo-Fr 8.00-20.00 Uhr', 'vom 05.03.2018', 'Betrag\t50,00'))).toBe(',');
    expect(decimalMark(rows('Total\t1,980.00'))).toBe('.');
    expect(decimalMark(rows('Betrag\t50,00', 'Amount\t50.00'))).toBe('unknown');
  });

  it('names a currency only when one is named', () => {
    expect(currencyOf(rows('Total\t12,00 €'))?.code).toBe('EUR');
    expect(currencyOf(rows('Total\t$12.00'))).toBeUndefined();
    expect(currencyOf(rows('Total\t$12.00 USD'))?.code).toBe('USD');
    expect(currencyOf(rows('Total\t12,00 €', 'Total\t13,00 CHF'))).toBeUndefined();
  });
});
