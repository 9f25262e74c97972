import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancellationSignal } from '@temporalio/activity';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { orderFulfilmentProcess } from '../../src/catalog/order-fulfilment.ts';
import { failure } from '../../src/failures.ts';
import { bookCapture, type Order } from '../../src/services/order-store.ts';
import { reserveGoods } from '../../src/services/stock-store.ts';
import type { orderFulfilment, OrderResult, Placed } from '../../src/workflows/order-fulfilment.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { aborted, broken, runProcess, type Faults, type Handle } from '../support/process.ts';
import { booksOf, orderFor, stockOf, stockUp } from '../support/shop.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const fulfil = <T>(order: Order, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'orderFulfilment', order, work, faults);
const result = (handle: Handle): Promise<OrderResult> => handle.result() as Promise<OrderResult>;
const stock = (sku: string) => stockOf(harness.services.db, sku);
const books = ({ workflowId }: Handle) => booksOf(harness.services.db, workflowId);
const mailsAbout = async (text: string): Promise<number> =>
  (await harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${text}%`).execute()).length;

const untouched = { onHand: 6, reserved: 0, moved: 6, held: 0 };
const sixUnits = (): Promise<string> => stockUp(harness.services.db, { turin: 3, lyon: 3 });

/** Everything of the order has been undone. */
async function expectUndone(handle: Handle, sku: string, status: 'refused' | 'cancelled'): Promise<void> {
  const { order, balances, kept, pending, parcels } = await books(handle);
  expect(order?.status).toBe(status);
  expect({ kept, pending, parcels }).toEqual({ kept: 0, pending: 0, parcels: 0 });
  expect(Object.values(balances).filter((cents) => cents !== 0)).toEqual([]);
  expect(await stock(sku)).toEqual(untouched);
  expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
}

describe('order-fulfilment', () => {
  it('ships an order from two warehouses, books it, reports it, and tells the customer', async () => {
    const sku = await sixUnits();
    await fulfil(orderFor(sku, 5), async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'shipped', tracking: [expect.any(String), expect.any(String)] });
      const { order, balances, kept, pending, parcels } = await books(handle);
      expect(order).toMatchObject({ status: 'shipped', total_cents: '6250' });
      expect(balances).toEqual({ clearing: 6_250, prepayments: 0, sales: -6_250 });
      expect({ kept, pending, parcels }).toEqual({ kept: 6_250, pending: 0, parcels: 2 });
      expect(await stock(sku)).toEqual({ onHand: 1, reserved: 0, moved: 1, held: 0 });
      if (ended.status !== 'shipped') return;
      const page = Buffer.from(await harness.services.files.get(ended.report ?? '')).toString();
      expect(page).toContain('62.50 EUR');
      expect(page).toContain(`2 × ${sku} from Turin`);
      expect(await mailsAbout(`Order ${ended.number} is on its way`)).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('ships its sample', async () => {
    await fulfil(orderFulfilmentProcess.sample as Order, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'shipped' });
    });
  });

  it('answers the caller with the order number while the order still waits for the carrier', async () => {
    const sku = await sixUnits();
    let arrive: () => void = () => undefined;
    const carrier = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    await harness.withWorker(
      async (taskQueue) => {
        const workflowId = `order-${randomUUID()}`;
        const startWorkflowOperation = new WithStartWorkflowOperation<typeof orderFulfilment>('orderFulfilment', {
          workflowId,
          taskQueue,
          args: [orderFor(sku, 1)],
          workflowIdConflictPolicy: 'USE_EXISTING',
        });
        const answer = await harness.client.workflow.executeUpdateWithStart<typeof orderFulfilment, Placed, []>(
          'placed',
          {
            startWorkflowOperation,
          },
        );
        expect(answer).toMatchObject({ status: 'placed', number: expect.stringMatching(/^F-\d+$/) });
        const handle = await startWorkflowOperation.workflowHandle();
        expect((await handle.describe()).status.name).toBe('RUNNING');
        expect(await handle.executeUpdate<Placed, []>('placed')).toEqual(answer);
        arrive();
        expect(await handle.result()).toMatchObject({ status: 'shipped', number: 'number' in answer && answer.number });
      },
      (real) => ({
        shipOrder: async (key, consignment) => {
          await carrier;
          return real.shipOrder(key, consignment);
        },
      }),
    );
  });

  it('tells the caller at once what it cannot take', async () => {
    await fulfil(orderFor('TEST-UNKNOWN', 1), async (handle) => {
      const problems = ["lines: there is no article 'TEST-UNKNOWN'"];
      expect(await result(handle)).toEqual({ status: 'rejected', problems });
      expect((await books(handle)).order).toBeUndefined();
    });
  });

  it('gives a caller who waits no number, and a reason, when the order cannot even be placed', async () => {
    const sku = await sixUnits();
    await fulfil(
      orderFor(sku, 1),
      async (handle) => {
        const asked = failureOf(handle.executeUpdate('placed'));
        expect(await failureOf(handle.result())).toMatch(/placeOrder broke/);
        expect(await asked).toMatch(/before it had an answer|not found|completed/i);
        expect(await stock(sku)).toEqual(untouched);
      },
      broken('placeOrder'),
    );
  });

  it('refuses an order for more than there is, and gives the money back', async () => {
    const sku = await sixUnits();
    await fulfil(orderFor(sku, 7), async (handle) => {
      const reason = `out of stock: 1 of ${sku}`;
      expect(await result(handle)).toMatchObject({ status: 'refused', reason });
      await expectUndone(handle, sku, 'refused');
      const { order } = await books(handle);
      expect(order?.reason).toBe(reason);
      expect(await mailsAbout(`Order ${String(order?.number)} cannot be delivered`)).toBe(1);
    });
  });

  it('gives the goods back when the card is declined', async () => {
    const sku = await sixUnits();
    await fulfil(orderFor(sku, 4, { card: 'tok_insufficient' }), async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'refused', reason: 'insufficient funds' });
      await expectUndone(handle, sku, 'refused');
    });
  });

  it('gives goods and captured money back when the carrier does not serve the address', async () => {
    const sku = await sixUnits();
    const address = { ...orderFor(sku, 1).address, postcode: '00000' };
    await fulfil(orderFor(sku, 5, { address }), async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'refused', reason: 'address not served' });
      await expectUndone(handle, sku, 'refused');
    });
  });

  it.each(['capturePayment', 'shipOrder'] as const)('undoes everything when %s fails for good', async (activity) => {
    const sku = await sixUnits();
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(`Broken: ${activity} broke`);
        await expectUndone(handle, sku, 'cancelled');
      },
      broken(activity),
    );
  });

  it.each([
    ['reserveStock', 'authorizePayment'],
    ['authorizePayment', 'reserveStock'],
  ] as const)('undoes everything when %s fails while %s has just happened', async (failing, other) => {
    const sku = await sixUnits();
    let happen: () => void = () => undefined;
    const happened = new Promise<void>((resolve) => {
      happen = resolve;
    });
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(`Broken: ${failing} broke`);
        await expectUndone(handle, sku, 'cancelled');
      },
      (real) => ({
        [failing]: async () => {
          await happened;
          throw failure('logic', `${failing} broke`, { type: 'Broken' });
        },
        [other]: async (...args: [never, never, never]) => {
          const signal = cancellationSignal();
          await real[other](...args);
          happen();
          await aborted(signal);
        },
      }),
    );
  });

  it('refuses money and goods that arrive after they were given back', async () => {
    const sku = await sixUnits();
    const { db, vendors } = harness.services;
    const late: (() => Promise<unknown>)[] = [];
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch('shipOrder broke');
        for (const effect of late) expect(await failureOf(effect())).toMatch(/Undone/);
        expect(late).toHaveLength(3);
        await expectUndone(handle, sku, 'cancelled');
      },
      (real) => ({
        ...broken('shipOrder')(real),
        // Their answers get lost, and the effects come when all is over.
        reserveStock: async (key, number, offer) => {
          late.push(() => reserveGoods(db, key, { number, lines: offer.lines }));
          return { status: 'allocated', lots: [{ warehouse: 'turin', sku, quantity: 4 }] };
        },
        capturePayment: async (key, authorization, paid) => {
          const body = { authorization, amountCents: paid.amountCents };
          late.push(() => vendors.request('payment', 'capture', body, { key }));
          late.push(() => bookCapture(db, key, paid));
        },
      }),
    );
  });

  it('ships although the books cannot be closed at first, and undoes nothing', async () => {
    const sku = await sixUnits();
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'shipped' });
        expect(await stock(sku)).toEqual({ onHand: 2, reserved: 0, moved: 2, held: 0 });
      },
      broken('completeOrder', 'dependency', 4),
    );
  });

  it('ships although neither report nor mail can be made', async () => {
    const sku = await sixUnits();
    await fulfil(
      orderFor(sku, 1),
      async (handle) => expect(await result(handle)).not.toHaveProperty('report'),
      (real) => ({ ...broken('reportOrder')(real), ...broken('notify')(real) }),
    );
  });

  it('undoes everything when it is cancelled while the carrier is asked', async () => {
    const sku = await sixUnits();
    let cancel: () => Promise<unknown> = () => Promise.resolve();
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        cancel = () => handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        await expectUndone(handle, sku, 'cancelled');
      },
      () => ({
        shipOrder: async () => {
          const signal = cancellationSignal();
          await cancel();
          return aborted(signal);
        },
      }),
    );
  });

  it('completes what has left the house, although it is cancelled then', async () => {
    const sku = await sixUnits();
    let cancel: () => Promise<unknown> = () => Promise.resolve();
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        cancel = () => handle.cancel();
        expect(await result(handle)).toMatchObject({ status: 'shipped' });
        expect(await stock(sku)).toEqual({ onHand: 2, reserved: 0, moved: 2, held: 0 });
      },
      (real) => ({
        completeOrder: async (...args) => {
          await cancel();
          return real.completeOrder(...args);
        },
      }),
    );
  });

  it('names what it could not undo, and tells the managers', async () => {
    const sku = await sixUnits();
    await fulfil(
      orderFor(sku, 4),
      async (handle) => {
        expect(await failureOf(handle.result())).toBe('CompensationFailed: could not undo: reserve stock');
        const { kept, pending } = await books(handle);
        expect({ kept, pending }).toEqual({ kept: 0, pending: 0 });
        expect(await mailsAbout(`An order needs a hand: ${handle.workflowId}`)).toBe(1);
      },
      (real) => ({ ...broken('shipOrder')(real), ...broken('releaseStock')(real) }),
    );
  });

  it('answers nobody who asks when the order is over', async () => {
    const sku = await sixUnits();
    await fulfil(orderFor(sku, 1), async (handle) => {
      await result(handle);
      expect(await failureOf(handle.executeUpdate('placed'))).toMatch(/not found|completed/i);
    });
  });
});
