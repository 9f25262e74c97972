import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderResult } from '../../src/workflows/order-fulfilment.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { booksOf, orderFor, stockOf, stockUp } from '../support/shop.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const articles = new Map<string, string>();

/** An order for five of an article of its own, of which two warehouses have three each. */
async function orderOf(workflowId: string, card?: string) {
  const sku = await stockUp(harness.services.db, { turin: 3, lyon: 3 });
  articles.set(workflowId, sku);
  return [orderFor(sku, 5, card === undefined ? {} : { card })];
}

/** What a failed saga names as left standing. */
function standing(outcome: Explored['outcome']): readonly string[] {
  if (outcome.status !== 'failed') return [];
  const [details] = ((outcome.error as { details?: unknown }).details ?? []) as { standing?: { step: string }[] }[];
  return details?.standing?.map(({ step }) => step) ?? [];
}

async function invariant({ workflowId, outcome }: Explored): Promise<void> {
  const { db } = harness.services;
  const stock = await stockOf(db, articles.get(workflowId) ?? '');
  const { order, balances, kept, pending, parcels } = await booksOf(db, workflowId);
  // Whatever happened: the stock is what moved, what is reserved is held, and the books say what the payment service has.
  expect(stock.onHand).toBe(stock.moved);
  expect(stock.reserved).toBe(stock.held);
  const left = standing(outcome);
  if (!left.includes('capture payment')) expect(balances['clearing'] ?? 0).toBe(kept);
  if (parcels > 0 && left.length === 0) {
    // The goods have left: nothing is undone, and unless the books could not be closed, all is complete.
    expect([kept, parcels]).toEqual([6_250, 2]);
    if (outcome.status === 'completed') {
      expect((outcome.result as OrderResult).status).toBe('shipped');
      expect(order?.status).toBe('shipped');
      expect(stock).toEqual({ onHand: 1, reserved: 0, moved: 1, held: 0 });
      expect(balances).toEqual({ clearing: 6_250, prepayments: 0, sales: -6_250 });
    }
    return;
  }
  expect(outcome.status === 'completed' && (outcome.result as OrderResult).status === 'shipped').toBe(false);
  if (!left.includes('reserve stock')) expect(stock).toEqual({ onHand: 6, reserved: 0, moved: 6, held: 0 });
  if (!left.includes('capture payment')) expect(kept).toBe(0);
  if (left.length === 0) {
    expect(pending).toBe(0);
    expect(order?.status ?? 'cancelled').toMatch(/^(cancelled|refused)$/);
  }
}

describe('order-fulfilment at every point of failure', () => {
  it('ships and charges, or does neither: stock and ledger balance to the cent', async () => {
    await explore({
      harness,
      workflow: 'orderFulfilment',
      args: (workflowId) => orderOf(workflowId),
      categories: ['validation', 'dependency'],
      // Once the carrier has the goods, the order is completed although somebody cancels.
      survives: ({ at }) => /ship|complete|tell|report/.test(at),
      invariant,
    });
  });

  it('gives all goods back when the card is declined', async () => {
    await explore({
      harness,
      workflow: 'orderFulfilment',
      args: (workflowId) => orderOf(workflowId, 'tok_declined'),
      only: ({ label }) => /undo|refuse|tell|close/.test(label),
      categories: ['dependency'],
      invariant,
    });
  });
});
