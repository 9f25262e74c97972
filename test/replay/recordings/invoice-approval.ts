import { placeOrder, storeInvoice } from '../../support/invoices.ts';
import { approve, type Recording } from './recording.ts';

const process = { process: 'invoice-approval', workflowType: 'invoiceApproval' };

export const recordings: readonly Recording[] = [
  {
    ...process,
    name: 'paid',
    args: () => Promise.resolve([{ path: 'samples/invoices/EN16931_Miete.pdf', requester: 'ada' }]),
    drive: (handle) => approve(handle, 'linus', ['approver']),
  },
  {
    ...process,
    name: 'unmatched',
    async args({ services: { db } }) {
      return [{ documentId: await storeInvoice(db, await placeOrder(db), { orderReference: 'PO-nowhere' }) }];
    },
  },
];
