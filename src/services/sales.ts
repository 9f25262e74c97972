/** Sales figures from the orders, and what can be said of them without guessing. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { fromCents } from './money.ts';

/** How orders are summed up. */
export type SalesBy = 'product' | 'month' | 'status';

/** One line of figures. Orders that were refused or cancelled count in `status` only. */
export interface SalesRow {
  readonly label: string;
  readonly orders: number;
  readonly units: number;
  readonly cents: number;
}

/** At most this many lines; those with most sales first, months from the last one back. */
const maxRows = 12;

export async function salesBy(db: Database, by: SalesBy): Promise<readonly SalesRow[]> {
  const label = {
    product: sql<string>`products.name`,
    month: sql<string>`to_char(orders.created_at at time zone 'UTC', 'YYYY-MM')`,
    status: sql<string>`orders.status`,
  }[by];
  const rows = await db
    .selectFrom('orders')
    .innerJoin('order_lines', 'order_lines.order_number', 'orders.number')
    .innerJoin('products', 'products.sku', 'order_lines.sku')
    .where('orders.status', 'in', by === 'status' ? ['open', 'shipped', 'refused', 'cancelled'] : ['open', 'shipped'])
    .select([
      label.as('label'),
      sql<string>`count(distinct orders.number)`.as('orders'),
      sql<string>`sum(order_lines.quantity)`.as('units'),
      sql<string>`sum(order_lines.quantity::bigint * order_lines.unit_cents)`.as('cents'),
    ])
    .groupBy(label)
    .orderBy(by === 'month' ? sql`1 desc` : sql`4 desc`)
    .limit(maxRows)
    .execute();
  return rows.map((row) => {
    return { label: row.label, orders: Number(row.orders), units: Number(row.units), cents: Number(row.cents) };
  });
}

/** What the figures show, and what follows: sentences, each true as it stands. */
export interface Observations {
  readonly findings: readonly string[];
  readonly options: readonly string[];
  readonly steps: readonly string[];
}

/** Reads figures by product and by month: the strongest, the weakest, and where the last month went. */
export function observe(products: readonly SalesRow[], months: readonly SalesRow[]): Observations {
  const total = products.reduce((sum, { cents }) => sum + cents, 0);
  const [best] = products;
  if (best === undefined || total === 0) {
    const none = 'There are no orders yet, so sales say nothing.';
    return { findings: [none], options: [], steps: ['Ask again when there are orders.'] };
  }
  const share = Math.round((best.cents / total) * 100);
  const weakest = products.length > 1 ? products.at(-1) : undefined;
  const trend = trendOf(months);
  return {
    findings: [
      `${best.label} sells best: ${best.units} units for ${fromCents(best.cents)}, ${share} % of all sales.`,
      ...(weakest ? [`${weakest.label} sells least: ${weakest.units} units for ${fromCents(weakest.cents)}.`] : []),
      ...trend.findings,
    ],
    options: [
      ...(share >= 50
        ? [`${best.label} alone makes ${share} % of sales: a second strong product would spread the risk.`]
        : []),
      `More stock of ${best.label} serves what sells.`,
      ...trend.options,
    ],
    steps: [
      `Check how long the stock of ${best.label} lasts.`,
      ...(weakest ? [`Decide whether ${weakest.label} stays in the range.`] : []),
      'Look at the same figures again in a month.',
    ],
  };
}

function trendOf([last, before]: readonly SalesRow[]): Pick<Observations, 'findings' | 'options'> {
  if (last === undefined || before === undefined || before.cents === 0) return { findings: [], options: [] };
  const change = Math.round(((last.cents - before.cents) / before.cents) * 100);
  const direction = change >= 0 ? 'rose' : 'fell';
  return {
    findings: [
      `Sales ${direction} by ${Math.abs(change)} % from ${before.label} to ${last.label}; the last month may not be over.`,
    ],
    options:
      change < -10
        ? [`The fall from ${before.label} to ${last.label} should be understood before more is bought.`]
        : [],
  };
}
