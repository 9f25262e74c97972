import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InvoiceResult } from '../../src/workflows/invoice-approval.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { fieldsOf, placeOrder, storeInvoice } from '../support/invoices.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('invoice-approval at every point of failure', () => {
  it('pays at most once, only what two people approved, and holds neither number nor goods without paying', async () => {
    const { db } = harness.services;
    const order = await placeOrder(db, { quantity: '10000' });
    const number = `R-${order.number}`;
    await explore({
      harness,
      workflow: 'invoiceApproval',
      // The invoice names no order until somebody says which; each run finds its number free.
      args: async () => {
        await db.deleteFrom('invoices').execute();
        return [{ documentId: await storeInvoice(db, order, { number, orderReference: null }), requester: 'ada' }];
      },
      votes: {
        information: [{ vote: 'approve', by: 'joan', roles: ['buyer'], edited: fieldsOf(order, { number }) }],
        payment: [
          { vote: 'approve', by: 'linus', roles: ['approver'] },
          { vote: 'approve', by: 'alan', roles: ['finance'] },
        ],
      },
      categories: ['validation', 'dependency'],
      async invariant({ workflowId, outcome }) {
        const rows = await db.selectFrom('invoices').selectAll().where('id', 'like', `${workflowId}/%`).execute();
        expect(rows.length).toBeLessThanOrEqual(1);
        const payments = await db
          .selectFrom('vendor_payments')
          .selectAll()
          .where('key', 'like', `${workflowId}/pay%`)
          .execute();
        const net = payments.reduce((sum, each) => sum + Number(each.captured_cents) - Number(each.refunded_cents), 0);
        const status = rows[0]?.status;
        // Past the payment there is no way back: a run that could not close its row has paid all the same.
        const paid = status === 'paid' || (outcome.status === 'failed' && status === 'open');
        expect(net).toBe(paid ? 50_000 : 0);
        if (outcome.status !== 'completed') return;
        const result = outcome.result as InvoiceResult;
        expect(status).toBe(result.status === 'refused' ? undefined : result.status);
        if (result.status === 'paid') expect(result.by).toEqual(['linus', 'alan']);
      },
    });
  });
});
