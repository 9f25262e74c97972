import { z } from 'zod';
import type { eventProcessor } from '../workflows/event-processor.ts';
import type { Process } from './process.ts';

const event = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,200}$/, 'expected letters, digits, dot, dash, colon, underscore; at most 200'),
  source: z.string().regex(/^[a-z0-9-]{1,60}$/, 'expected lower case letters, digits, dash'),
  type: z.string().min(1).max(100),
  occurredAt: z.iso.datetime({ offset: true, error: 'expected a time such as 2026-11-20T09:30:00Z' }),
  data: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<Parameters<typeof eventProcessor>[0]>;

export const eventProcessorProcess: Process = {
  name: 'event-processor',
  title: 'Event processor',
  description:
    'Handles an event that a webhook brings once, by its type, logs and counts it, and may start other processes.',
  workflowType: 'eventProcessor',
  input: event,
  sample: {
    id: 'evt-1001',
    source: 'shop',
    type: 'payment.completed',
    occurredAt: '2026-11-20T09:30:00Z',
    data: { paymentId: 'pay-77', orderId: 'order-4711', amount: '129.50', currency: 'EUR' },
  },
  approvers: [],
  runId: (input) => {
    const { source, id } = input as z.output<typeof event>;
    return `event:${source}:${id}`;
  },
};
