import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seedOrders } from '../../src/services/purchase-orders.ts';
import type { InvoiceInput, InvoiceResult } from '../../src/workflows/invoice-approval.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  fieldsOf,
  placeOrder,
  receive,
  storeInvoice,
  type InvoiceOptions,
  type OrderOptions,
} from '../support/invoices.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';
import { until } from '../support/until.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await seedOrders(harness.services.db);
});
afterAll(() => harness.stop());

const approve = <T>(input: InvoiceInput, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'invoiceApproval', input, work, faults);
const result = (handle: Handle): Promise<InvoiceResult> => handle.result() as Promise<InvoiceResult>;
const stored = async (invoice: InvoiceOptions = {}, order: OrderOptions = {}): Promise<string> =>
  storeInvoice(harness.services.db, await placeOrder(harness.services.db, order), invoice);
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db.selectFrom('invoices').selectAll().where('id', '=', `${workflowId}/claim`).executeTakeFirst();
const paidBy = async ({ workflowId }: Handle): Promise<number> => {
  const { db } = harness.services;
  const rows = await db.selectFrom('vendor_payments').selectAll().where('key', 'like', `${workflowId}/%`).execute();
  return rows.reduce((sum, each) => sum + Number(each.captured_cents) - Number(each.refunded_cents), 0);
};
const mailsAbout = async (text: string): Promise<number> =>
  (await harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${text}%`).execute()).length;
const linus = { by: 'linus', roles: ['approver'] };
const alan = { by: 'alan', roles: ['finance'] };
const joan = { by: 'joan', roles: ['buyer'] };

describe('invoice-approval', () => {
  it('pays a small, certain invoice that fits its order without anybody', async () => {
    await approve({ documentId: await stored({ quantity: '4' }) }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'paid', by: ['policy'], match: { way: 'two-way' } });
      expect(await rowOf(handle)).toMatchObject({ status: 'paid', amount_cents: 20_000 });
      expect(await paidBy(handle)).toBe(20_000);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('ingests a file first, in a run of its own, and has one person approve', async () => {
    await approve({ path: 'samples/invoices/EN16931_Miete.pdf', requester: 'ada' }, async (handle) => {
      expect(await untilOpen(handle)).toMatchObject({ name: 'payment', quorum: 1, requester: 'ada' });
      await decide(handle, { vote: 'approve', ...linus });
      expect(await result(handle)).toMatchObject({ status: 'paid', by: ['linus'], match: { order: 'B123456789' } });
      expect(await paidBy(handle)).toBe(34_096);
      expect(await mailsAbout('Invoice 9314110911/00/M/00/N: paid')).toBe(1);
    });
  });

  it('takes two persons for a large invoice, and never the one who asked', async () => {
    const documentId = await stored({ quantity: '200' }, { quantity: '200' });
    await approve({ documentId, requester: 'linus' }, async (handle) => {
      expect(await untilOpen(handle)).toMatchObject({ quorum: 2 });
      expect(await decide(handle, { vote: 'approve', ...linus })).toMatchObject({ code: 'ownRequest' });
      expect(await decide(handle, { vote: 'approve', ...alan })).toMatchObject({ outcome: 'waiting' });
      expect(await decide(handle, { vote: 'approve', ...alan })).toMatchObject({ outcome: 'waiting', votes: 1 });
      await decide(handle, { vote: 'approve', by: 'grace', roles: ['approver'] });
      expect(await result(handle)).toMatchObject({ status: 'paid', by: ['alan', 'grace'] });
      expect(await paidBy(handle)).toBe(1_000_000);
    });
  });

  it('asks one person more where the reading was not certain', async () => {
    await approve({ documentId: await stored({ quantity: '1', confidence: 0.8 }) }, async (handle) => {
      expect(await untilOpen(handle)).toMatchObject({ name: 'payment', quorum: 1, requester: 'joan' });
      await decide(handle, { vote: 'reject', reason: 'never seen', ...linus });
      expect(await result(handle)).toMatchObject({ status: 'rejected', by: 'linus', reason: 'never seen' });
      expect(await rowOf(handle)).toMatchObject({ status: 'rejected', decided_by: 'linus' });
      expect(await paidBy(handle)).toBe(0);
    });
  });

  it('pays only for what has been received, and matches again when somebody knows more', async () => {
    const { db } = harness.services;
    const order = await placeOrder(db, { received: '6' });
    await approve({ documentId: await storeInvoice(db, order) }, async (handle) => {
      const gate = await untilOpen(handle, 'information');
      expect(gate.subject).toMatchObject({ problems: [{ code: 'not-received' }] });
      await receive(db, order.number, '4');
      await decide(handle, { vote: 'approve', ...joan });
      expect(await untilOpen(handle, 'payment')).toMatchObject({ quorum: 2 });
      await decide(handle, { vote: 'approve', ...linus });
      await decide(handle, { vote: 'approve', ...alan });
      expect(await result(handle)).toMatchObject({ status: 'paid', match: { way: 'three-way' } });
      expect(await mailsAbout(`of ${order.supplier}: we need to know more`)).toBe(1);
      expect(await paidBy(handle)).toBe(50_000);
    });
  });

  it('takes the order number from whoever gives information, and nothing else', async () => {
    const { db } = harness.services;
    const order = await placeOrder(db);
    const documentId = await storeInvoice(db, order, { orderReference: null });
    await approve({ documentId }, async (handle) => {
      await untilOpen(handle, 'information');
      const known = fieldsOf(order);
      const more = { ...known, amountDue: '999.00' };
      expect(await decide(handle, { vote: 'approve', ...joan, edited: more })).toMatchObject({ code: 'badShape' });
      await decide(handle, { vote: 'approve', ...joan, edited: known });
      await untilOpen(handle, 'payment');
      await decide(handle, { vote: 'approve', ...linus });
      await decide(handle, { vote: 'approve', ...alan });
      expect(await result(handle)).toMatchObject({ status: 'paid', match: { order: order.number } });
    });
  });

  it.each([
    ['costs more than ordered', { unitPrice: '60.00' }, {}, /costs 60\.00, ordered at 50\.00/],
    ['has more than was ordered', { quantity: '11' }, {}, /11 billed, 10 ordered/],
    ['sums up to more than its lines', { grandTotal: '700.00' }, {}, /net total 700\.00/],
    ['names an order that is not there', { orderReference: 'PO-nowhere' }, {}, /there is no order PO-nowhere/],
  ])('gives an invoice back that %s when nobody knows more in time', async (_, invoice, order, reason) => {
    await approve({ documentId: await stored(invoice, order) }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'unmatched', reason: expect.stringMatching(reason) });
      expect(await rowOf(handle)).toMatchObject({ status: 'unmatched' });
      expect(await paidBy(handle)).toBe(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('stops asking after three rounds', async () => {
    await approve({ documentId: await stored({ orderReference: null }) }, async (handle) => {
      for (let round = 1; round <= 3; round += 1) {
        await untilOpen(handle, 'information');
        await decide(handle, { vote: 'approve', ...joan, comment: `round ${round.toString()}` });
      }
      expect(await result(handle)).toMatchObject({ status: 'unmatched', reason: 'the invoice names no order' });
    });
  });

  it('never pays a number of a supplier twice, however the supplier is written', async () => {
    const { db } = harness.services;
    const order = await placeOrder(db);
    await approve({ documentId: await storeInvoice(db, order, { quantity: '2' }) }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'paid' });
      const again = await storeInvoice(db, { ...order, supplier: order.supplier.toUpperCase() }, { quantity: '2' });
      await approve({ documentId: again }, async (second) => {
        expect(await result(second)).toMatchObject({ status: 'duplicate', of: `${handle.workflowId}/claim` });
        expect(await paidBy(second)).toBe(0);
      });
    });
  });

  it('does not let two invoices bill the same goods', async () => {
    const { db } = harness.services;
    const order = await placeOrder(db);
    await approve({ documentId: await storeInvoice(db, order, { quantity: '4' }) }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'paid' });
    });
    const number = `second ${order.number}`;
    await approve({ documentId: await storeInvoice(db, order, { number, quantity: '7' }) }, async (handle) => {
      const reason = expect.stringMatching(/11 billed, 4 of it on other invoices, 10 ordered/);
      expect(await result(handle)).toMatchObject({ status: 'unmatched', reason });
    });
  });

  it('refuses what is no invoice, asks for nothing or is not there', async () => {
    for (const [documentId, reason] of [
      [await stored({ kind: 'creditNote' }), /no invoice/],
      [await stored({ grandTotal: '-5.00' }), /nothing to pay/],
      ['7c1b8f9e-0000-4000-8000-000000000000', /there is no document/],
    ] as const) {
      await approve({ documentId }, async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'refused', reason: expect.stringMatching(reason) });
        expect(await rowOf(handle)).toBeUndefined();
      });
    }
  });

  it('expires when nobody decides in two days, after reminders and a manager', async () => {
    await approve({ documentId: await stored() }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'expired' });
      expect(await rowOf(handle)).toMatchObject({ status: 'expired' });
      expect(await mailsAbout('Now yours to decide: payment')).toBeGreaterThan(0);
    });
  });

  it('says so when the payment is declined, and frees the number', async () => {
    const { db } = harness.services;
    const order = await placeOrder(db, { unitPrice: '13.13' });
    const documentId = await storeInvoice(db, order, { quantity: '1', unitPrice: '13.13' });
    for (const _ of ['first', 'second']) {
      await approve({ documentId }, async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'declined', by: ['policy'] });
        expect(await rowOf(handle)).toMatchObject({ status: 'declined' });
      });
    }
  });

  it('pays once although the payment service fails at first', async () => {
    const documentId = await stored({ quantity: '2' });
    await approve(
      { documentId },
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'paid' });
        expect(await paidBy(handle)).toBe(10_000);
      },
      broken('payInvoice', 'dependency', 3),
    );
  });

  it('answers a late vote with what was decided', async () => {
    await approve({ documentId: await stored() }, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { vote: 'approve', ...linus });
      const late = decide(handle, { vote: 'reject', reason: 'too late', by: 'grace', roles: ['approver'] });
      await late.then(
        (answer) => expect(answer).toMatchObject({ status: 'alreadyDecided', outcome: 'approved', by: ['linus'] }),
        (error: unknown) => expect(String(error)).toMatch(/not found|completed|NotFound/i),
      );
      expect(await result(handle)).toMatchObject({ status: 'paid', by: ['linus'] });
    });
  });

  it('names the ingestion when that alone was cancelled', async () => {
    await approve({ path: 'samples/invoices/Facture_FR_BASIC.pdf' }, async (handle) => {
      const child = harness.client.workflow.getHandle(`${handle.workflowId}/ingestion`);
      await until(() => child.describe().catch(() => undefined), 'there is no ingestion');
      await untilOpen(child);
      await child.cancel();
      const reason = `${handle.workflowId}/ingestion was cancelled`;
      expect(await result(handle)).toEqual({ status: 'unreadable', documentId: null, reason });
    });
  });

  it('withdraws the claim when it is cancelled while it waits', async () => {
    await approve({ documentId: await stored() }, async (handle) => {
      await untilOpen(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await rowOf(handle)).toBeUndefined();
      expect(await paidBy(handle)).toBe(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
