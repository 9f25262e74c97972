import { z } from 'zod';
import type { orderFulfilment } from '../workflows/order-fulfilment.ts';
import type { Process } from './process.ts';

const text = z.string().min(1, 'expected some text').max(200);

const order = z.strictObject({
  customer: text,
  email: z.email('expected an e-mail address'),
  lines: z
    .array(
      z.strictObject({
        sku: z.string().regex(/^[A-Z0-9][A-Z0-9._-]{0,60}$/, 'expected an article number such as TEA-ASSAM'),
        quantity: z.int().min(1, 'expected at least 1').max(10_000, 'expected at most 10000'),
      }),
    )
    .min(1, 'expected at least one line')
    .max(50, 'expected at most 50 lines'),
  card: z.string().regex(/^[\w:.-]{1,100}$/, 'expected the token of a card such as tok_visa'),
  address: z.strictObject({
    name: text,
    street: text,
    postcode: z.string().min(1).max(12),
    city: text,
    country: z.string().regex(/^[A-Z]{2}$/, 'expected two letters such as IT'),
  }),
}) satisfies z.ZodType<Parameters<typeof orderFulfilment>[0]>;

export const orderFulfilmentProcess: Process = {
  name: 'order-fulfilment',
  title: 'Order fulfilment',
  description: 'Reserves, charges and ships an order, or undoes all of it; answers at once with the order number.',
  workflowType: 'orderFulfilment',
  earlyAnswer: 'placed',
  input: order,
  sample: {
    customer: 'Maria Rossi',
    email: 'maria.rossi@example.com',
    lines: [
      { sku: 'TEA-ASSAM', quantity: 4 },
      { sku: 'POT-CAST-IRON', quantity: 1 },
    ],
    card: 'tok_visa',
    address: { name: 'Maria Rossi', street: 'Via Po 12', postcode: '10124', city: 'Torino', country: 'IT' },
  },
  approvers: [],
};
