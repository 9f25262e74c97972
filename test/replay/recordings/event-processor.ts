import { failure } from '../../../src/failures.ts';
import type { Recording } from './recording.ts';

const event = {
  id: 'evt-1001',
  source: 'shop',
  type: 'payment.completed',
  occurredAt: '2026-11-20T09:30:00Z',
  data: { paymentId: 'pay-77', orderId: 'order-4711', amount: '129.50', currency: 'EUR' },
};
const process = { process: 'event-processor', workflowType: 'eventProcessor' };

export const recordings: readonly Recording[] = [
  { ...process, name: 'handled', args: () => Promise.resolve([event]) },
  { ...process, name: 'unknown', args: () => Promise.resolve([{ ...event, type: 'invoice.printed' }]) },
  {
    ...process,
    name: 'failed',
    args: () => Promise.resolve([event]),
    faults: () => ({
      recordOrderPayment: () => Promise.reject(failure('logic', 'the books are shut', { type: 'Broken' })),
    }),
  },
];
