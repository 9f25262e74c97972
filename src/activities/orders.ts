/** Activities on customers' orders. Every effect has a key, happens once, and can be undone before it has come. */
import { cancellationSignal } from '@temporalio/activity';
import { failure } from '../failures.ts';
import type { Allocation, Lot } from '../services/allocate-stock.ts';
import type { Database } from '../services/database.ts';
import type { FileStore } from '../services/files.ts';
import { fromCents } from '../services/money.ts';
import { orderReport } from '../services/order-report.ts';
import * as store from '../services/order-store.ts';
import { releaseGoods, reserveGoods } from '../services/stock-store.ts';
import type { Vendors } from '../services/vendors.ts';
import type { Answer } from '../services/vendors/contract.ts';

export type { Allocation, Goods } from '../services/allocate-stock.ts';
export type { Offer, Order, PaidFor } from '../services/order-store.ts';
type Offer = store.Offer;
type Order = store.Order;
type PaidFor = store.PaidFor;

/** What the payment service says to a charge. */
export type Authorization = Answer<'payment', 'authorize'>;

/** `declined`: the carrier said no to one of the parcels. */
export type Shipping =
  | { readonly status: 'accepted'; readonly tracking: readonly string[] }
  | { readonly status: 'declined'; readonly reason: string };

/** What goes out, and where to: a parcel from each warehouse. */
export interface Consignment {
  readonly number: string;
  readonly order: Order;
  readonly offer: Offer;
  readonly lots: readonly Lot[];
}

export interface OrderServices {
  readonly db: Database;
  readonly vendors: Vendors;
  readonly files: FileStore;
}

export interface OrderActivities {
  /** What the order costs; `problems` if it cannot be taken. */
  checkOrder(order: Order): Promise<{ readonly offer: Offer; readonly problems: readonly string[] }>;
  placeOrder(key: string, order: Order, offer: Offer): Promise<{ readonly number: string }>;
  cancelPlacedOrder(key: string): Promise<void>;
  refusePlacedOrder(number: string, reason: string): Promise<void>;
  reserveStock(key: string, number: string, offer: Offer): Promise<Allocation>;
  releaseStock(key: string): Promise<void>;
  authorizePayment(key: string, card: string, offer: Offer): Promise<Authorization>;
  voidAuthorization(key: string): Promise<void>;
  capturePayment(key: string, authorization: string, paid: PaidFor): Promise<void>;
  refundCapture(key: string, paid: PaidFor): Promise<void>;
  shipOrder(key: string, consignment: Consignment): Promise<Shipping>;
  /** Stops the parcels; fails with `ParcelDelivered` (logic) when one has arrived already. */
  cancelShipment(key: string, lots: readonly Lot[]): Promise<void>;
  completeOrder(key: string, paid: PaidFor, tracking: readonly string[]): Promise<void>;
  /** Files the report of a shipped order; gives its hash in the file store. */
  reportOrder(number: string): Promise<{ readonly report: string }>;
}

export function createOrderActivities({ db, vendors, files }: OrderServices): OrderActivities {
  const under = (key: string) => ({ key, signal: cancellationSignal() });
  return {
    async checkOrder({ lines }) {
      const { offer, unknown } = await store.priceLines(db, lines);
      const skus = lines.map(({ sku }) => sku);
      const twice = skus.filter((sku, index) => skus.indexOf(sku) < index);
      const problems = [
        ...unknown.map((sku) => `lines: there is no article '${sku}'`),
        ...twice.map((sku) => `lines: '${sku}' is there twice; put it into one line`),
        ...(offer.totalCents > maxCents
          ? [`lines: ${fromCents(offer.totalCents)} is more than one order may cost`]
          : []),
      ];
      return { offer, problems };
    },
    placeOrder: (key, order, offer) => store.insertOrder(db, key, order, offer),
    cancelPlacedOrder: (key) => store.cancelOrder(db, key),
    refusePlacedOrder: (number, reason) => store.refuseOrder(db, number, reason),
    reserveStock: (key, number, { lines }) => reserveGoods(db, key, { number, lines }),
    releaseStock: (key) => releaseGoods(db, key),
    authorizePayment: (key, card, { totalCents, currency }) =>
      vendors.request('payment', 'authorize', { amountCents: totalCents, currency, card }, under(key)),
    async voidAuthorization(key) {
      await vendors.request('payment', 'void', { authorizationKey: key }, under(`${key}/void`));
    },
    async capturePayment(key, authorization, paid) {
      const { amountCents } = paid;
      await vendors.request('payment', 'capture', { authorization, amountCents }, under(key));
      await store.bookCapture(db, key, paid);
    },
    async refundCapture(key, paid) {
      await vendors.request('payment', 'refund', { captureKey: key }, under(`${key}/refund`));
      await store.bookRefund(db, key, paid);
    },
    shipOrder: (key, consignment) => ship(vendors, key, consignment),
    cancelShipment: (key, lots) => stopParcels(vendors, key, lots),
    async completeOrder(key, paid, tracking) {
      await store.closeOrder(db, key, paid, tracking);
    },
    async reportOrder(number) {
      return { report: await files.put(Buffer.from(await orderReport(db, number), 'utf8')) };
    },
  };
}

/** As much as the payment service takes at once. */
const maxCents = 1_000_000_000_000;

async function ship(vendors: Vendors, key: string, { number, order, offer, lots }: Consignment): Promise<Shipping> {
  const signal = cancellationSignal();
  const grams = new Map(offer.lines.map(({ sku, unitGrams }) => [sku, unitGrams]));
  const tracking: string[] = [];
  for (const warehouse of warehousesOf(lots)) {
    const parcel = lots.filter((lot) => lot.warehouse === warehouse);
    const weightGrams = parcel.reduce((sum, { sku, quantity }) => sum + quantity * (grams.get(sku) ?? 0), 0);
    const body = { orderId: number, address: order.address, weightGrams };
    const answer = await vendors.request('carrier', 'ship', body, { key: `${key}/${warehouse}`, signal });
    if (answer.status === 'declined') return answer;
    tracking.push(answer.tracking);
  }
  return { status: 'accepted', tracking };
}

async function stopParcels(vendors: Vendors, key: string, lots: readonly Lot[]): Promise<void> {
  const signal = cancellationSignal();
  const late: string[] = [];
  for (const warehouse of warehousesOf(lots)) {
    const shipKey = `${key}/${warehouse}`;
    const { status } = await vendors.request('carrier', 'cancel', { shipKey }, { key: `${shipKey}/cancel`, signal });
    if (status === 'too-late') late.push(warehouse);
  }
  if (late.length === 0) return;
  throw failure('logic', `delivered already: the parcel from ${late.join(', ')}`, { type: 'ParcelDelivered' });
}

function warehousesOf(lots: readonly Lot[]): string[] {
  return [...new Set(lots.map(({ warehouse }) => warehouse))].sort();
}
