import { activityInfo, getClient } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createActivities } from '../../src/activities/index.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { ReorderResult } from '../../src/workflows/inventory-reorder.ts';
import { explore, type Explored } from '../support/explore.ts';
import { Workbench } from '../support/explore/workbench.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { stockOf, stockUp } from '../support/shop.ts';

let harness: Harness;
let workbench: Workbench;
beforeAll(async () => {
  harness = await startHarness();
  workbench = oneOrderOnly();
});
afterAll(async () => {
  await workbench.close();
  await harness.stop();
});

const articles = new Map<string, string>();

/** Watches are stopped while they ask for a price: they end after their first order. */
function oneOrderOnly(): Workbench {
  const real = createActivities(harness.services);
  const activities: typeof real = {
    ...real,
    async quoteSupply(key, lot) {
      await getClient()
        .workflow.getHandle(activityInfo().workflowExecution?.workflowId ?? '')
        .signal('stop');
      return real.quoteSupply(key, lot);
    },
  };
  return new Workbench({ ...harness.parts, activities });
}

async function invariant({ workflowId, outcome, faults }: Explored): Promise<void> {
  const { db } = harness.services;
  const sku = articles.get(workflowId) ?? '';
  const supplies = await db.selectFrom('supply_orders').selectAll().where('sku', '=', sku).execute();
  const booked = await db.selectFrom('ledger').selectAll().where('key', 'like', `${workflowId}/%`).execute();
  const received = supplies.filter(({ status }) => status === 'received');
  const sum = (cents: readonly string[]): number => cents.reduce((total, each) => total + Number(each), 0);

  expect(supplies.length).toBeLessThanOrEqual(1);
  const { onHand, moved } = await stockOf(db, sku);
  expect(onHand).toBe(moved);
  expect(onHand).toBe(5 + received.reduce((units, { quantity }) => units + quantity, 0));
  expect(sum(booked.map(({ amount_cents }) => amount_cents))).toBe(sum(received.map(({ total_cents }) => total_cents)));
  if (outcome.status === 'completed') {
    const result = outcome.result as ReorderResult;
    expect(result.status === 'stopped' && result.received).toBe(received.length);
  }
  const [fault] = faults;
  const goodsCannotBeReceived = fault !== undefined && fault.at.startsWith('receive');
  if (faults.length > 1 || goodsCannotBeReceived) return;
  expect(supplies.filter(({ status }) => status === 'ordered')).toEqual([]);
}

describe('inventory-reorder at every point of failure', () => {
  it('orders at most once, and owes for what it received', async () => {
    await setBehaviour(harness.services.db, 'supplier', { paceMs: 0 });
    await explore({
      harness: { workbench },
      workflow: 'inventoryReorder',
      async args(workflowId) {
        const sku = await stockUp(harness.services.db, { turin: 5 });
        articles.set(workflowId, sku);
        const policy = { sku, warehouse: 'turin', threshold: 20, leadDays: 2, coverDays: 10 };
        return [{ ...policy, checkHours: 12, approveAboveCents: 0 }];
      },
      votes: { purchase: [{ vote: 'approve', by: 'joan', roles: ['buyer'] }] },
      categories: ['dependency'],
      // What was delivered is taken in, and this article is not ordered again anyway.
      survives: ({ at }) => at.startsWith('receive'),
      invariant,
    });
  });
});
