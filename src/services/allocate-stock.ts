/** Where the goods of an order come from. */

/** A quantity of one article. */
export interface Goods {
  readonly sku: string;
  readonly quantity: number;
}

/** A quantity of one article in one warehouse. */
export interface Lot extends Goods {
  readonly warehouse: string;
}

/** `short`: what is missing of each article that there is too little of; nothing is allocated then. */
export type Allocation =
  | { readonly status: 'allocated'; readonly lots: readonly Lot[] }
  | { readonly status: 'short'; readonly missing: readonly Goods[] };

/**
 * Splits an order over warehouses, in as few parcels as a simple rule finds: again and again from the warehouse that can
 * send most of what is still open, and among equals by name. `free` is what each warehouse has to give.
 */
export function allocateStock(wanted: readonly Goods[], free: readonly Lot[]): Allocation {
  const open = new Map<string, number>();
  for (const { sku, quantity } of wanted) open.set(sku, (open.get(sku) ?? 0) + quantity);
  const lots: Lot[] = [];
  let left = [...new Set(free.map(({ warehouse }) => warehouse))].sort();
  while (left.length > 0) {
    const offers = left.map((warehouse) => offerOf(warehouse, free, open)).sort((a, b) => b.units - a.units);
    const [best] = offers;
    if (best === undefined || best.units === 0) break;
    for (const lot of best.lots) open.set(lot.sku, (open.get(lot.sku) ?? 0) - lot.quantity);
    lots.push(...best.lots);
    left = left.filter((warehouse) => warehouse !== best.warehouse);
  }
  const missing = [...open].filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
  return missing.length > 0 ? { status: 'short', missing } : { status: 'allocated', lots };
}

function offerOf(warehouse: string, free: readonly Lot[], open: ReadonlyMap<string, number>) {
  const lots = free
    .filter((lot) => lot.warehouse === warehouse)
    .map((lot) => ({ ...lot, quantity: Math.min(lot.quantity, open.get(lot.sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
  return { warehouse, lots, units: lots.reduce((sum, { quantity }) => sum + quantity, 0) };
}
