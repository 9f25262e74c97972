/** Which numbers of an invoice line are quantity, price and net amount: the arithmetic tells. */
import { Decimal } from 'decimal.js';
import type { Amount } from './text-amounts.ts';

/** What the headings of a table say about its columns. */
export interface Columns {
  readonly hasDiscount: boolean;
  /** `undefined` when the headings do not tell. */
  readonly quantityFirst: boolean | undefined;
}

/** The figures of one line. `exact`: no other reading of its numbers would do. */
export interface Solution {
  readonly quantity: Amount;
  readonly price: Amount;
  readonly net: Amount;
  readonly rate: Amount | undefined;
  readonly exact: boolean;
}

const hundred = new Decimal(100);

function netOf(first: Amount, second: Amount, discount: Amount | undefined): Decimal {
  const gross = first.value.mul(second.value);
  return discount === undefined ? gross : gross.mul(hundred.minus(discount.value)).div(hundred);
}

/**
 * Finds quantity, price and net among the numbers of a line: the pair whose product is the net amount. Two such pairs,
 * as with a quantity of 1, prove nothing.
 */
export function solve(numbers: readonly Amount[], net: Amount | undefined, columns: Columns): Solution | undefined {
  const percents = numbers.filter((number) => number.percent);
  const discount = columns.hasDiscount ? percents[0] : undefined;
  const plain = numbers.filter((number) => !number.percent);
  const total = net ?? plain.findLast((number) => number.places >= 2);
  if (total === undefined) return undefined;
  const rest = plain.filter((number) => number !== total);
  const pairs = rest.flatMap((first, index) => rest.slice(index + 1).map((second) => [first, second] as const));
  const holds = pairs.filter(([first, second]) =>
    netOf(first, second, discount).toDecimalPlaces(2, Decimal.ROUND_HALF_UP).abs().eq(total.value.abs()),
  );
  const [pair] = holds;
  if (pair === undefined) return undefined;
  const others = rest.filter((number) => !pair.includes(number));
  const rate = percents.find((number) => number !== discount) ?? others.find((number) => number.value.lt(40));
  const solution = ordered(pair[0], pair[1], columns, { net: total, rate });
  return { ...solution, exact: solution.exact && holds.length === 1 };
}

/** Which of two factors is the quantity: by its unit, the order of the headings and the shape of the numbers. */
export function ordered(
  first: Amount,
  second: Amount,
  columns: Columns,
  found: Pick<Solution, 'net' | 'rate'>,
): Solution {
  const byUnit = first.unit !== null ? true : second.unit !== null ? false : undefined;
  const byShape =
    first.places === 0 && second.places >= 2 ? true : second.places === 0 && first.places >= 2 ? false : undefined;
  const signs = [byUnit, columns.quantityFirst, byShape].filter((sign) => sign !== undefined);
  const [quantity, price] = signs[0] === false ? [second, first] : [first, second];
  return { ...found, quantity, price, exact: new Set(signs).size === 1 };
}
