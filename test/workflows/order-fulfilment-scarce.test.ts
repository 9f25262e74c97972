import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderResult } from '../../src/workflows/order-fulfilment.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import type { Handle } from '../support/process.ts';
import { booksOf, orderFor, stockOf, stockUp } from '../support/shop.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('order-fulfilment with scarce goods', () => {
  it('sells no unit twice and loses no cent when many order at once, and a third of the cards is declined', async () => {
    const { db } = harness.services;
    const sku = await stockUp(db, { turin: 7, lyon: 5, graz: 4 });
    await harness.withWorker(async (taskQueue) => {
      const handles: Handle[] = [];
      for (let index = 0; index < 24; index += 1) {
        const card = index % 3 === 0 ? 'tok_declined' : 'tok_visa';
        const args = [orderFor(sku, 1 + (index % 4), { card })];
        const workflowId = `order-${randomUUID()}`;
        handles.push(await harness.client.workflow.start('orderFulfilment', { taskQueue, workflowId, args }));
      }
      let cents = 0;
      for (const handle of handles) {
        const { status } = (await handle.result()) as OrderResult;
        const { order, balances, kept, pending } = await booksOf(db, handle.workflowId);
        const total = status === 'shipped' ? Number(order?.total_cents) : 0;
        expect({ status: order?.status, kept, pending }).toEqual({ status, kept: total, pending: 0 });
        expect(balances['sales'] ?? 0).toBe(0 - total);
        cents += total;
      }
      const { onHand, reserved, moved } = await stockOf(db, sku);
      expect({ reserved, moved }).toEqual({ reserved: 0, moved: onHand });
      expect((16 - onHand) * 1_250).toBe(cents);
      expect(cents).toBeGreaterThan(0);
    });
  });
});
