import { CancellationScope, defineUpdate, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { NotifyActivities } from '../activities/notify.ts';
import type {
  Allocation,
  Authorization,
  Consignment,
  Goods,
  Offer,
  Order,
  OrderActivities,
  PaidFor,
  Shipping,
} from '../activities/orders.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { answerEarly } from './early-answer.ts';
import { parallel } from './patterns/parallel.ts';
import { saga, type SagaScope, type Standing } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** What became of an order. */
export type OrderResult =
  | { readonly status: 'rejected'; readonly problems: readonly string[] }
  | { readonly status: 'refused'; readonly number: string; readonly reason: string }
  | {
      readonly status: 'shipped';
      readonly number: string;
      readonly tracking: readonly string[];
      readonly report?: string;
    };

/** What the caller is told at once, by the update `placed`: the order's number, or why there will be none. */
export type Placed =
  | { readonly status: 'placed'; readonly number: string }
  | { readonly status: 'rejected'; readonly problems: readonly string[] };

const placed = defineUpdate<Placed>('placed');
const orders = proxyActivities<OrderActivities>(ordinary);
const patient = proxyActivities<OrderActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Reserves, charges and ships one order; until the carrier has taken it, any failure undoes everything. */
export async function orderFulfilment(order: Order): Promise<OrderResult> {
  return answerEarly<Placed, OrderResult>(placed, async (tellCaller) => {
    const { offer, problems } = await stage('validate', () => orders.checkOrder(order));
    if (problems.length > 0) {
      tellCaller({ status: 'rejected', problems });
      return { status: 'rejected', problems };
    }
    return saga((tx) => fulfil(tx, order, offer, tellCaller), { alert: tellOffice });
  });
}

async function fulfil(
  tx: SagaScope,
  order: Order,
  offer: Offer,
  tellCaller: (placed: Placed) => void,
): Promise<OrderResult> {
  const { number } = await place(tx, order, offer);
  tellCaller({ status: 'placed', number });
  const paid = { number, amountCents: offer.totalCents, currency: offer.currency };

  const { stock, payment } = await parallel({
    stock: () => reserve(tx, number, offer),
    payment: () => authorize(tx, order, offer),
  });
  if (stock.status === 'short') return refuse(tx, order, number, shortOf(stock.missing));
  if (payment.status === 'declined') return refuse(tx, order, number, payment.reason);
  await capture(tx, payment.authorization, paid);
  const parcels = await ship(tx, { number, order, offer, lots: stock.lots });
  if (parcels.status === 'declined') return refuse(tx, order, number, parcels.reason);

  // What has left the house is completed, whoever has cancelled meanwhile.
  return CancellationScope.nonCancellable(() => {
    tx.pivot();
    return complete(tx, order, paid, parcels.tracking);
  });
}

function place(tx: SagaScope, order: Order, offer: Offer): Promise<{ readonly number: string }> {
  return tx.step(
    'place',
    (id) => orders.placeOrder(id, order, offer),
    (_, id) => patient.cancelPlacedOrder(id),
  );
}

function reserve(tx: SagaScope, number: string, offer: Offer): Promise<Allocation> {
  return tx.step(
    'reserve stock',
    (id) => orders.reserveStock(id, number, offer),
    (_, id) => patient.releaseStock(id),
  );
}

function authorize(tx: SagaScope, { card }: Order, offer: Offer): Promise<Authorization> {
  return tx.step(
    'authorize payment',
    (id) => orders.authorizePayment(id, card, offer),
    (_, id) => patient.voidAuthorization(id),
  );
}

function capture(tx: SagaScope, authorization: string, paid: PaidFor): Promise<void> {
  return tx.step(
    'capture payment',
    (id) => orders.capturePayment(id, authorization, paid),
    (_, id) => patient.refundCapture(id, paid),
  );
}

/** Tried for hours: of all steps this is the one whose outcome should not stay unknown. */
function ship(tx: SagaScope, consignment: Consignment): Promise<Shipping> {
  return tx.step(
    'ship',
    (id) => patient.shipOrder(id, consignment),
    (_, id) => patient.cancelShipment(id, consignment.lots),
  );
}

async function complete(tx: SagaScope, order: Order, paid: PaidFor, tracking: readonly string[]): Promise<OrderResult> {
  const { number } = paid;
  await tx.step('complete', (id) => patient.completeOrder(id, paid, tracking));
  const { report } = await parallel({
    report: () => withFallback(() => orders.reportOrder(number), undefined),
    mail: () => tell(order, `Order ${number} is on its way`, `Follow it: ${tracking.join(', ')}.`),
  });
  return { status: 'shipped', number, tracking, ...report };
}

async function refuse(tx: SagaScope, order: Order, number: string, reason: string): Promise<OrderResult> {
  await tx.compensate();
  await stage('refuse', () => patient.refusePlacedOrder(number, reason));
  await tell(order, `Order ${number} cannot be delivered`, `We are sorry: ${reason}. You have not been charged.`);
  return { status: 'refused', number, reason };
}

/** A mail that cannot be sent changes nothing about the order. */
function tell({ email }: Order, subject: string, text: string): Promise<void> {
  return stage('tell', () => withFallback(() => mail.notify(key('tell'), { to: [email], subject, text }), undefined));
}

/** What could not be undone is somebody's work. */
function tellOffice(standing: readonly Standing[]): Promise<void> {
  const text = `Not undone: ${standing.map(({ step, message }) => `${step} (${message})`).join('; ')}.`;
  return mail.notify(key('alert'), {
    to: ['role:manager'],
    subject: `An order needs a hand: ${workflowInfo().workflowId}`,
    text,
  });
}

function shortOf(missing: readonly Goods[]): string {
  return `out of stock: ${missing.map(({ sku, quantity }) => `${String(quantity)} of ${sku}`).join(', ')}`;
}
