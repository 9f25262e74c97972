import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingEvent } from '../../src/services/event-types.ts';
import type { EventResult } from '../../src/workflows/event-processor.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

/** One of its own for each run. */
const event = (workflowId: string): IncomingEvent => ({
  id: workflowId,
  source: 'shop',
  type: 'payment.completed',
  occurredAt: '2026-11-20T09:30:00Z',
  data: { paymentId: workflowId, orderId: 'o-1', amount: '129.50', currency: 'EUR' },
});

describe('event-processor at every point of failure', () => {
  it('has an effect at most once, and its log says how the event ended and agrees with the counts', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'eventProcessor',
      args: (workflowId) => [event(workflowId)],
      async invariant({ workflowId, outcome }) {
        const payments = await db
          .selectFrom('received_payments')
          .selectAll()
          .where('payment_id', '=', workflowId)
          .execute();
        expect(payments.length).toBeLessThanOrEqual(1);
        const logged = await db.selectFrom('event_log').selectAll().where('run_id', '=', workflowId).executeTakeFirst();
        if (logged?.outcome === 'handled') expect(payments).toHaveLength(1);
        if (outcome.status === 'completed') {
          expect((outcome.result as EventResult).status).toBe('handled');
          expect(logged).toMatchObject({ outcome: 'handled', counted_as: 'handled' });
        }
        const { rows } = { rows: await db.selectFrom('event_metrics').select(['outcome', 'count']).execute() };
        const counted = await db
          .selectFrom('event_log')
          .select('counted_as')
          .where('counted_as', 'is not', null)
          .execute();
        for (const { outcome: ended, count } of rows) {
          expect(counted.filter(({ counted_as }) => counted_as === ended)).toHaveLength(count);
        }
      },
    });
  });
});
