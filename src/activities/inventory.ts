/** Activities on the stock of one article and on what is ordered from its supplier. */
import { cancellationSignal } from '@temporalio/activity';
import type { Lot } from '../services/allocate-stock.ts';
import type { Database } from '../services/database.ts';
import * as store from '../services/supply-store.ts';
import type { Vendors } from '../services/vendors.ts';
import type { Answer } from '../services/vendors/contract.ts';

/** What the supplier asks. */
export type Quote = Extract<Answer<'supplier', 'quote'>, { readonly status: 'quoted' }>;

/** What the supplier said to an order; `key` is the order's own. */
type Supplied = Answer<'supplier', 'order'> & { readonly key: string };

/** What is watched, and when to order how much of it. */
export interface StockPolicy {
  readonly sku: string;
  /** Where the goods are to arrive. */
  readonly warehouse: string;
  /** Units. Ordered is when less than this would be left once the supplier could have delivered. */
  readonly threshold: number;
  /** Days that a delivery takes. */
  readonly leadDays: number;
  /** Days of demand that an order is to cover. */
  readonly coverDays: number;
}

/** How the article stands; `order` units are to be ordered, 0 for none. */
export interface Need extends store.Outlook {
  readonly order: number;
}

/** `late`: it cannot be cancelled any more, so the goods were received. */
type Cancelled = 'cancelled' | 'late';

export interface InventoryServices {
  readonly db: Database;
  readonly vendors: Vendors;
}

export interface InventoryActivities {
  /** Says what cannot be watched, and why. */
  checkStockPolicy(policy: StockPolicy): Promise<{ readonly problems: readonly string[] }>;
  /** How the article stands at a moment (ISO). */
  reviewStock(policy: StockPolicy, at: string): Promise<Need>;
  quoteSupply(key: string, lot: Lot): Promise<Answer<'supplier', 'quote'>>;
  /** Orders at no more than the quoted price. */
  orderSupply(key: string, lot: Lot, maxUnitCents: number): Promise<Supplied>;
  cancelSupplyOrder(key: string): Promise<Cancelled>;
  trackSupply(supplierOrder: string): Promise<Answer<'supplier', 'status'>>;
  receiveSupply(key: string): Promise<void>;
}

export function createInventoryActivities({ db, vendors }: InventoryServices): InventoryActivities {
  const under = (key: string) => ({ key, signal: cancellationSignal() });
  return {
    async checkStockPolicy({ sku, warehouse }) {
      const known = await store.knows(db, sku, warehouse);
      const problems = [
        ...(known.sku ? [] : [`sku: there is no article '${sku}'`]),
        ...(known.warehouse ? [] : [`warehouse: there is no warehouse '${warehouse}'`]),
      ];
      return { problems };
    },
    async reviewStock(policy, at) {
      const outlook = await store.outlookOf(db, policy.sku, new Date(at));
      return { ...outlook, order: unitsToOrder(policy, outlook) };
    },
    quoteSupply: (key, { sku, quantity }) => vendors.request('supplier', 'quote', { sku, quantity }, under(key)),
    async orderSupply(key, lot, maxUnitCents) {
      const { sku, quantity } = lot;
      const answer = await vendors.request('supplier', 'order', { sku, quantity, maxUnitCents }, under(key));
      if (answer.status === 'declined') return { ...answer, key };
      const { order: supplierOrder, unitCents, totalCents } = answer;
      await store.insertSupply(db, key, { supplierOrder, lot, unitCents, totalCents });
      return { ...answer, key };
    },
    async cancelSupplyOrder(key) {
      const { status } = await vendors.request('supplier', 'cancel', { orderKey: key }, under(`${key}/cancel`));
      if (status !== 'too-late') {
        await store.cancelSupply(db, key);
        return 'cancelled';
      }
      // What has been delivered is paid for and lies there.
      await store.receiveSupply(db, key);
      return 'late';
    },
    trackSupply: (order) => vendors.request('supplier', 'status', { order }, under(`status ${order}`)),
    async receiveSupply(key) {
      await store.receiveSupply(db, key);
    },
  };
}

/** Enough for the days to cover, once what will be sold until a delivery is taken off. */
function unitsToOrder({ threshold, leadDays, coverDays }: StockPolicy, outlook: store.Outlook): number {
  const { available, onOrder, dailyDemand } = outlook;
  const left = available + onOrder - dailyDemand * leadDays;
  if (left >= threshold) return 0;
  return Math.ceil(threshold - left + dailyDemand * coverDays);
}
