import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { sql } from 'kysely';
import { inventoryReorderProcess } from '../../src/catalog/inventory-reorder.ts';
import { failure } from '../../src/failures.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { ReorderResult, StockWatch } from '../../src/workflows/inventory-reorder.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { aborted, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';
import { stockOf, stockUp } from '../support/shop.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const db = () => harness.services.db;
beforeEach(() => setBehaviour(db(), 'supplier', { paceMs: 0 }));

const day = 24 * 3_600_000;

const keepWatch = <T>(policy: StockWatch, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'inventoryReorder', policy, work, faults);
/** Whichever run it has come to. */
const current = ({ workflowId }: Pick<Handle, 'workflowId'>) => harness.client.workflow.getHandle(workflowId);
const result = (handle: Handle): Promise<ReorderResult> => handle.result() as Promise<ReorderResult>;

const policyFor = (sku: string, changes: Partial<StockWatch> = {}): StockWatch => ({
  sku,
  warehouse: 'turin',
  threshold: 20,
  leadDays: 2,
  coverDays: 10,
  checkHours: 12,
  approveAboveCents: 100_000_000,
  ...changes,
});

/**
 * Looks as it does, and then calls `then` with how often it has looked. If that sends a message, the look is broken off,
 * and waits for it: an activity that ends just as it is cancelled can wedge the time-skipping server.
 */
const looking =
  (then: (watch: Watch, looks: number, at: string) => Promise<'sent' | undefined>): Faults =>
  (real) => {
    let looks = 0;
    return {
      reviewStock: async (policy, at) => {
        const signal = cancellationSignal();
        const need = await real.reviewStock(policy, at);
        looks += 1;
        const isSent = (await then(ownWatch(), looks, at)) === 'sent';
        return isSent ? aborted(signal) : need;
      },
    };
  };

/** The watch is stopped while it asks for a price, so that it ends after its first order. */
const oneOrderOnly: Faults = (real) => ({
  quoteSupply: async (...args) => {
    await ownWatch().signal('stop');
    return real.quoteSupply(...args);
  },
});

const stopAfter = (count: number): Faults =>
  looking(async (watch, looks) => {
    if (looks <= count) return undefined;
    await watch.signal('stop');
    return 'sent';
  });

type Watch = ReturnType<typeof current>;

/** Of the activity that asks. */
const ownWatch = (): Watch => current({ workflowId: activityInfo().workflowExecution?.workflowId ?? '' });

const supplies = (sku: string) => db().selectFrom('supply_orders').selectAll().where('sku', '=', sku).execute();
const owedFor = async (handle: Handle): Promise<number> => {
  const rows = await db().selectFrom('ledger').selectAll().where('key', 'like', `${handle.workflowId}/%`).execute();
  return rows.reduce((sum, { amount_cents }) => sum + Number(amount_cents), 0);
};

async function sell(sku: string, units: number, at: string): Promise<void> {
  await db()
    .transaction()
    .execute(async (trx) => {
      await trx
        .updateTable('stock')
        .set({ on_hand: sql`on_hand - ${units}` })
        .where('sku', '=', sku)
        .where('warehouse', '=', 'turin')
        .execute();
      const move = { key: `sold ${at}`, warehouse: 'turin', sku, quantity: -units, reason: 'order' as const };
      await trx
        .insertInto('stock_moves')
        .values({ ...move, moved_at: new Date(at) })
        .execute();
    });
}

/** The runs of a watch, each by the number of its events. */
async function runsOf(handle: Handle): Promise<number[]> {
  const lengths: number[] = [];
  for (let runId: string | undefined = handle.firstExecutionRunId; runId !== undefined;) {
    const history = await harness.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    lengths.push(history.events?.length ?? 0);
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return lengths;
}

describe('inventory-reorder', () => {
  it('lives for months: sells, orders, receives, and continues as new with a short history', async () => {
    const sku = await stockUp(db(), { turin: 60 });
    let startedAt = 0;
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        const ended = await result(handle);
        expect(ended).toMatchObject({ status: 'stopped', dropped: 0 });
        const ordered = await supplies(sku);
        expect(ended.status === 'stopped' && ended.received).toBe(ordered.length);
        expect(ordered.length).toBeGreaterThan(4);
        expect(ordered.every(({ status }) => status === 'received')).toBe(true);
        const { onHand, moved } = await stockOf(db(), sku);
        expect(onHand).toBe(moved);
        expect(await owedFor(handle)).toBe(ordered.reduce((sum, each) => sum + Number(each.total_cents), 0));
        const runs = await runsOf(handle);
        expect(runs.length).toBeGreaterThan(4);
        expect(Math.max(...runs)).toBeLessThan(2_500);
        expect(await leftOpen(current(handle))).toEqual({ activities: [], timers: [] });
      },
      looking(async (watch, _, at) => {
        startedAt ||= Date.parse(at);
        await sell(sku, 3, at);
        if (Date.parse(at) < startedAt + 92 * day) return undefined;
        await watch.signal('stop');
        return 'sent';
      }),
    );
  });

  it('waits for a buyer with its sample, and receives what was approved', async () => {
    await keepWatch(inventoryReorderProcess.sample as StockWatch, async (handle) => {
      const { subject } = await untilOpen(handle, 'purchase');
      expect(subject).toMatchObject({ sku: 'KETTLE-STEEL', available: 12, order: 28 });
      await handle.signal('stop');
      await decide(handle, { vote: 'approve', by: 'joan', roles: ['buyer'] });
      expect(await result(handle)).toEqual({ status: 'stopped', orders: 1, received: 1, dropped: 0 });
      expect((await stockOf(db(), 'KETTLE-STEEL')).onHand).toBe(40);
    });
  });

  it('orders more, the more was sold of late', async () => {
    const sku = await stockUp(db(), { turin: 100 });
    const now = await harness.env.currentTimeMs();
    for (const ago of [1, 2, 3]) await sell(sku, 20, new Date(now - ago * day).toISOString());
    await keepWatch(
      // 40 are left and 40 will be sold until a delivery: 20 are missing, and 200 for the ten days after it.
      policyFor(sku),
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'stopped', received: 1 });
        expect(await supplies(sku)).toMatchObject([{ quantity: 220, status: 'received' }]);
      },
      oneOrderOnly,
    );
  });

  it('asks no buyer again for a week after a refusal; a gate that nobody answers expires after three days', async () => {
    const sku = await stockUp(db(), { turin: 5 });
    const asked: number[] = [];
    await keepWatch(
      policyFor(sku, { approveAboveCents: 0 }),
      async (handle) => {
        await untilOpen(handle, 'purchase');
        await decide(handle, { vote: 'reject', by: 'joan', roles: ['buyer'], reason: 'too dear' });
        expect(await result(handle)).toEqual({ status: 'stopped', orders: 2, received: 0, dropped: 2 });
        expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(7 * day);
        expect(await supplies(sku)).toEqual([]);
      },
      (real) => ({
        quoteSupply: async (...args) => {
          const { scheduledTimestampMs } = activityInfo();
          if (asked.push(scheduledTimestampMs) > 1) await ownWatch().signal('stop');
          return real.quoteSupply(...args);
        },
      }),
    );
  });

  it('drops what the supplier does not have', async () => {
    const sku = `NONE-${randomUUID().slice(0, 8)}`;
    await db().insertInto('products').values({ sku, name: 'Rare', price_cents: 100, weight_grams: 1 }).execute();
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        expect(await result(handle)).toEqual({ status: 'stopped', orders: 1, received: 0, dropped: 1 });
      },
      stopAfter(1),
    );
  });

  it('takes an order back that has not come after thirty days', async () => {
    await setBehaviour(db(), 'supplier', { paceMs: 3_600_000 });
    const sku = await stockUp(db(), { turin: 5 });
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        expect(await result(handle)).toEqual({ status: 'stopped', orders: 1, received: 0, dropped: 1 });
        expect(await supplies(sku)).toMatchObject([{ status: 'cancelled' }]);
        expect(await owedFor(handle)).toBe(0);
      },
      oneOrderOnly,
    );
  });

  it('looks at once, and with the new threshold, when that is changed; nonsense changes nothing', async () => {
    const sku = await stockUp(db(), { turin: 30 });
    await keepWatch(
      policyFor(sku, { checkHours: 168 }),
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'stopped', received: 1 });
        expect(await supplies(sku)).toMatchObject([{ sku, quantity: 70 }]);
      },
      (real) => ({
        ...oneOrderOnly(real),
        ...looking(async (watch, looks) => {
          if (looks > 2) return undefined;
          await watch.signal(
            'change',
            looks === 1 ? { threshold: -5, sku: 'OTHER', coverDays: 'x' } : { threshold: 100 },
          );
          return 'sent';
        })(real),
      }),
    );
  });

  it('refuses an article that there is not', async () => {
    await keepWatch(policyFor('TEST-UNKNOWN', { warehouse: 'atlantis' }), async (handle) => {
      const problems = ["sku: there is no article 'TEST-UNKNOWN'", "warehouse: there is no warehouse 'atlantis'"];
      expect(await result(handle)).toEqual({ status: 'invalid', problems });
    });
  });

  it('takes the order back when it is cancelled while the goods are on their way', async () => {
    await setBehaviour(db(), 'supplier', { paceMs: 3_600_000 });
    const sku = await stockUp(db(), { turin: 5 });
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        expect(await failureOf(result(handle))).toMatch(/^CancelledFailure/);
        expect(await supplies(sku)).toMatchObject([{ status: 'cancelled' }]);
        expect((await stockOf(db(), sku)).onHand).toBe(5);
        expect(await owedFor(handle)).toBe(0);
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      },
      cancelledAtTracking,
    );
  });

  it('receives goods that came before the order could be taken back', async () => {
    const sku = await stockUp(db(), { turin: 5 });
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        expect(await failureOf(result(handle))).toMatch(/^CancelledFailure/);
        expect(await supplies(sku)).toMatchObject([{ status: 'received' }]);
        expect(await stockOf(db(), sku)).toMatchObject({ onHand: 20, moved: 20 });
      },
      cancelledAtTracking,
    );
  });

  it('orders once although the answer to its order gets lost', async () => {
    const sku = await stockUp(db(), { turin: 5 });
    let lost = 0;
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'stopped', received: 1 });
        expect(lost).toBe(2);
        expect(await supplies(sku)).toMatchObject([{ quantity: 15, status: 'received' }]);
      },
      (real) => ({
        ...oneOrderOnly(real),
        orderSupply: async (...args) => {
          const answer = await real.orderSupply(...args);
          if (lost === 2) return answer;
          lost += 1;
          throw failure('transient', 'the answer got lost', { type: 'Lost' });
        },
      }),
    );
  });

  it('takes no message when it was stopped', async () => {
    const sku = await stockUp(db(), { turin: 500 });
    await keepWatch(
      policyFor(sku),
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'stopped', orders: 0 });
        expect(await failureOf(handle.signal('change', { threshold: 1 }))).toMatch(/not found|completed/i);
      },
      stopAfter(0),
    );
  });
});

/** The watch is cancelled while the supplier is asked where the goods are. */
const cancelledAtTracking: Faults = (real) => ({
  trackSupply: async (order) => {
    const signal = cancellationSignal();
    await real.trackSupply(order);
    await ownWatch().cancel();
    return aborted(signal);
  },
});
