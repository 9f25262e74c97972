import { orderFulfilmentProcess } from '../../../src/catalog/order-fulfilment.ts';
import type { Order } from '../../../src/services/order-store.ts';
import type { Recording } from './recording.ts';

const order = orderFulfilmentProcess.sample as Order;
const process = { process: 'order-fulfilment', workflowType: 'orderFulfilment' };

export const recordings: readonly Recording[] = [
  { ...process, name: 'shipped', args: () => Promise.resolve([order]) },
  { ...process, name: 'declined', args: () => Promise.resolve([{ ...order, card: 'tok_declined' }]) },
  {
    ...process,
    name: 'not-served',
    args: () => Promise.resolve([{ ...order, address: { ...order.address, postcode: '00000' } }]),
  },
];
