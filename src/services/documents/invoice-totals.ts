/** The arithmetic of an e-invoice by EN 16931, on the figures the document itself carries. */
import { Decimal } from 'decimal.js';
import { amountText, sum } from './amounts.ts';
import type { DocumentFields, Problem } from './types.ts';

/** One line's figures: net = quantity × price per unit + charges − allowances. */
interface LineFigures {
  readonly quantity: Decimal | null;
  readonly unitPrice: Decimal | null;
  readonly adjustment: Decimal;
  readonly net: Decimal | null;
}

/** One row of the tax breakdown. */
interface TaxFigures {
  readonly base: Decimal | null;
  readonly rate: Decimal | null;
  readonly tax: Decimal | null;
}

/** Every total an e-invoice may carry; `null` where it does not. */
export interface InvoiceFigures {
  readonly lines: readonly LineFigures[];
  readonly taxes: readonly TaxFigures[];
  /** False where a line's price and net amount are on different bases. @default true */
  readonly linesMultiply?: boolean;
  readonly lineTotal: Decimal | null;
  readonly allowances: Decimal | null;
  readonly charges: Decimal | null;
  readonly net: Decimal | null;
  /** How far the lines may be from the net total, where the format's rules allow for rounding. @default 0 */
  readonly netTolerance?: Decimal;
  readonly tax: Decimal | null;
  readonly grand: Decimal | null;
  /** Stamp duty and the like: part of the total with tax, but neither net nor tax. */
  readonly beyondTax?: Decimal;
  readonly prepaid: Decimal | null;
  readonly rounding: Decimal | null;
  readonly due: Decimal | null;
}

const cent = new Decimal('0.01');

const zero = new Decimal(0);

function mismatch(
  what: string,
  stated: Decimal | null,
  computed: Decimal | null,
  tolerance: Decimal,
  field: keyof DocumentFields,
): Problem[] {
  if (stated === null || computed?.minus(stated).abs().lte(tolerance) !== false) return [];
  const message = `${what} is ${amountText(stated)}, but adds up to ${amountText(computed.toDecimalPlaces(4))}`;
  return [{ code: 'sum-mismatch', message, field }];
}

function plus(a: Decimal | null, b: Decimal | null): Decimal | null {
  return a === null || b === null ? null : a.plus(b);
}

function checkLines(figures: InvoiceFigures): Problem[] {
  if (figures.linesMultiply === false) return [];
  return figures.lines.flatMap((line, index) => {
    const computed =
      line.quantity === null || line.unitPrice === null
        ? null
        : line.quantity.times(line.unitPrice).plus(line.adjustment);
    return mismatch(`the net amount of line ${String(index + 1)}`, line.net, computed, cent, 'lines');
  });
}

/** Rounding tax line by line instead of once per rate may shift a cent for every two lines. */
function checkTaxes(figures: InvoiceFigures): Problem[] {
  const tolerance = Decimal.max(new Decimal('0.02'), cent.times(figures.lines.length).div(2));
  return figures.taxes.flatMap(({ base, rate, tax }) => {
    const computed = base === null || rate === null ? null : base.times(rate).div(100);
    return mismatch(`the tax at ${rate?.toFixed() ?? ''} %`, tax, computed, tolerance, 'taxTotal');
  });
}

/** BR-CO-10, -13, -14, -15, -16, -17 and the calculation of each line, as far as the figures are there. */
export function checkFigures(figures: InvoiceFigures): Problem[] {
  const { lines, taxes, lineTotal, net, tax, grand } = figures;
  const linesSum = lines.length === 0 || lines.some((line) => line.net === null) ? null : sum(lines.map((l) => l.net));
  const netSum = plus(lineTotal, (figures.charges ?? zero).minus(figures.allowances ?? zero));
  const taxSum = taxes.length === 0 || taxes.some((row) => row.tax === null) ? null : sum(taxes.map((row) => row.tax));
  const baseSum =
    taxes.length === 0 || taxes.some((row) => row.base === null) ? null : sum(taxes.map((row) => row.base));
  const dueSum = plus(grand, (figures.rounding ?? zero).minus(figures.prepaid ?? zero));
  return [
    ...checkLines(figures),
    ...mismatch('the total of the lines', lineTotal, linesSum, zero, 'netTotal'),
    ...mismatch('the total without tax', net, netSum, figures.netTolerance ?? zero, 'netTotal'),
    ...mismatch('the total without tax', net, baseSum, zero, 'netTotal'),
    ...mismatch('the total tax', tax, taxSum, zero, 'taxTotal'),
    ...checkTaxes(figures),
    ...mismatch(
      'the total with tax',
      grand,
      plus(net, (tax ?? zero).plus(figures.beyondTax ?? zero)),
      zero,
      'grandTotal',
    ),
    ...mismatch('the amount due', figures.due, dueSum, zero, 'amountDue'),
  ];
}
