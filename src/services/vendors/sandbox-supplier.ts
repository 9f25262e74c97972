/** A supplier in test mode: the price of an article is always the same; articles named NONE-… cannot be had. */
import { buryCall } from './calls.ts';
import { refused } from './failures.ts';
import { cancel, idOf, recall, remember, type Sandbox, shareOf, stageOf } from './sandbox-call.ts';

const stages = ['confirmed', 'shipped', 'delivered'] as const;

export const supplier: Sandbox<'supplier'> = {
  quote({ body: { sku, quantity } }) {
    if (!canBeHad(sku)) return { status: 'declined', reason: 'not available' };
    const unitCents = priceOf(sku);
    return { status: 'quoted', unitCents, totalCents: unitCents * quantity, leadDays: leadDaysOf(sku) };
  },

  async order({ db, key, body: { sku, quantity, maxUnitCents }, isUnlucky }) {
    if (isUnlucky || !canBeHad(sku)) return { status: 'declined', reason: 'not available' };
    const unitCents = priceOf(sku);
    if (maxUnitCents !== undefined && unitCents > maxUnitCents) return { status: 'declined', reason: 'price too low' };
    const order = idOf('order', key);
    await remember(db, { vendor: 'supplier', id: order, key, data: { sku, quantity } });
    return { status: 'accepted', order, unitCents, totalCents: unitCents * quantity };
  },

  async status({ db, body, behaviour }) {
    const order = await recall(db, 'supplier', body.order);
    if (order === undefined) throw refused('supplier', 'VendorNotFound', `there is no order ${body.order}`);
    return { status: order.cancelled ? 'cancelled' : stageOf(stages, order, behaviour) };
  },

  async cancel({ db, body: { orderKey }, behaviour }) {
    const ordered = await buryCall(db, { vendor: 'supplier', operation: 'order', key: orderKey });
    const order = ordered && (await recall(db, 'supplier', idOf('order', orderKey)));
    if (order === undefined) return { status: 'nothing' };
    if (!order.cancelled && stageOf(stages, order, behaviour) === 'delivered') return { status: 'too-late' };
    await cancel(db, 'supplier', order.id);
    return { status: 'cancelled' };
  },
};

function canBeHad(sku: string): boolean {
  return !sku.startsWith('NONE-');
}

/** From 1.00 to 99.99. */
function priceOf(sku: string): number {
  return 100 + Math.floor(shareOf(`price ${sku}`) * 9_900);
}

function leadDaysOf(sku: string): number {
  return 2 + Math.floor(shareOf(`lead ${sku}`) * 12);
}
