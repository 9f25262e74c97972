import { randomUUID } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redriveRun } from '../../src/runs/redrive.ts';
import { startRun, type Runs } from '../../src/runs.ts';
import { eventProcessorProcess } from '../../src/catalog/event-processor.ts';
import { failure } from '../../src/failures.ts';
import type { IncomingEvent } from '../../src/services/event-types.ts';
import type { EventResult } from '../../src/workflows/event-processor.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, type Faults, type Handle } from '../support/process.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const eventOf = (type: string, data: Record<string, unknown>, id: string = randomUUID()): IncomingEvent => ({
  id,
  source: 'shop',
  type,
  occurredAt: '2026-11-20T09:30:00Z',
  data,
});
const payment = (id?: string): IncomingEvent =>
  eventOf('payment.completed', { paymentId: id ?? 'p', orderId: 'o-1', amount: '129.50', currency: 'EUR' }, id);
const runIdOf = ({ source, id }: IncomingEvent): string => `event:${source}:${id}`;

const taken = <T>(event: IncomingEvent, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  harness.withWorker(async (taskQueue) => {
    const workflowId = runIdOf(event);
    return work(await harness.client.workflow.start('eventProcessor', { taskQueue, workflowId, args: [event] }));
  }, faults);
const result = (handle: Pick<Handle, 'result'>): Promise<EventResult> => handle.result() as Promise<EventResult>;
const logOf = (event: IncomingEvent) =>
  harness.services.db.selectFrom('event_log').selectAll().where('run_id', '=', runIdOf(event)).executeTakeFirst();
const counts = async (type: string): Promise<Record<string, number>> => {
  const { db } = harness.services;
  const rows = await db.selectFrom('event_metrics').select(['outcome', 'count']).where('type', '=', type).execute();
  return Object.fromEntries(rows.filter(({ count }) => count > 0).map(({ outcome, count }) => [outcome, count]));
};

describe('event-processor', () => {
  it('records a payment, tells finance, logs and counts it', async () => {
    const event = payment('pay-1');
    await taken(event, async (handle) => {
      expect(await result(handle)).toEqual({ status: 'handled', effect: '129.50 EUR received for order o-1' });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
    const { db } = harness.services;
    const row = await db
      .selectFrom('received_payments')
      .selectAll()
      .where('payment_id', '=', 'pay-1')
      .executeTakeFirst();
    expect(row).toMatchObject({ order_id: 'o-1', amount_cents: 12_950 });
    const mails = await db.selectFrom('mails').selectAll().where('subject', 'like', 'shop: 129.50 EUR%').execute();
    expect(mails).toHaveLength(1);
    expect(await logOf(event)).toMatchObject({ outcome: 'handled', counted_as: 'handled', event_id: 'pay-1' });
    expect(await counts('payment.completed')).toEqual({ handled: 1 });
  });

  it.each([
    ['order.cancelled', { orderId: 'o-9', reason: 'changed their mind' }, 'order o-9 cancelled: changed their mind'],
    ['user_action', { userId: 'u-3', action: 'exported data' }, 'exported data by u-3 counted'],
    ['business_event', { name: 'newsletter', value: 2.5 }, 'newsletter counted'],
  ])('handles %s', async (type, data, effect) => {
    await taken(eventOf(type, data), async (handle) => {
      expect(await result(handle)).toEqual({ status: 'handled', effect });
    });
  });

  it('adds up actions and figures, and keeps the latest action though events overtake each other', async () => {
    const late = { ...eventOf('user_action', { userId: 'u-4', action: 'second' }), occurredAt: '2026-11-20T11:00:00Z' };
    const early = eventOf('user_action', { userId: 'u-4', action: 'first' });
    const figures = [1.25, 2.5].map((value) => eventOf('business_event', { name: 'sold kg', value }));
    for (const event of [late, early, ...figures]) await taken(event, result);
    const { db } = harness.services;
    const user = await db.selectFrom('app_users').selectAll().where('user_id', '=', 'u-4').executeTakeFirst();
    expect(user).toMatchObject({ actions: 2, last_action: 'second' });
    const figure = await db.selectFrom('business_figures').selectAll().where('name', '=', 'sold kg').executeTakeFirst();
    expect(figure).toMatchObject({ count: 2, total: '3.75' });
  });

  it('keeps an event of an unknown type, whatever its name', async () => {
    for (const type of ['invoice.printed', 'constructor', '__proto__']) {
      const event = eventOf(type, { any: 'thing' });
      await taken(event, async (handle) => {
        expect(await result(handle)).toEqual({ status: 'unknown' });
      });
      expect(await logOf(event)).toMatchObject({ outcome: 'unknown', data: { any: 'thing' } });
    }
  });

  it('refuses an event that lacks what its type needs, says what, and has no effect', async () => {
    const event = eventOf('payment.completed', { paymentId: 'p-bad', orderId: 'o', amount: '12,50', currency: 'EUR' });
    await taken(event, async (handle) => {
      expect(await result(handle)).toEqual({
        status: 'invalid',
        problems: ['data.amount: expected an amount like 129.50'],
      });
    });
    expect(await logOf(event)).toMatchObject({ outcome: 'invalid' });
    expect(
      await harness.services.db.selectFrom('received_payments').where('payment_id', '=', 'p-bad').execute(),
    ).toEqual([]);
  });

  it('runs an event once, however often it is delivered, also when it comes late', async () => {
    const event = payment('pay-twice');
    await harness.withWorker(async (taskQueue) => {
      const settings = { ...harness.settings, taskQueue };
      const runs: Runs = { client: harness.client, settings, close: () => Promise.resolve() };
      const first = await startRun(runs, eventProcessorProcess, event, { earlier: 'same' });
      const again = await startRun(runs, eventProcessorProcess, event, { earlier: 'same' });
      await harness.client.workflow.getHandle(first.id).result();
      const late = await startRun(runs, eventProcessorProcess, event, { earlier: 'same' });
      expect([first.existing, again.existing, late.existing]).toEqual([false, true, true]);
      expect(new Set([first.runId, again.runId, late.runId]).size).toBe(1);
    });
    const { db } = harness.services;
    expect(
      await db.selectFrom('received_payments').selectAll().where('payment_id', '=', 'pay-twice').execute(),
    ).toHaveLength(1);
  });

  it('logs an event that could not be handled, does not start it anew, and counts it right after a redrive', async () => {
    const event = eventOf('order.cancelled', { orderId: 'o-10', reason: 'late' }, 'evt-broken');
    let down = true;
    const faults: Faults = (real) => ({
      recordCancellation: (key, given) =>
        down
          ? Promise.reject(failure('logic', 'the books are shut', { type: 'Broken' }))
          : real.recordCancellation(key, given),
    });
    await harness.withWorker(async (taskQueue) => {
      const settings = { ...harness.settings, taskQueue };
      const runs: Runs = { client: harness.client, settings, close: () => Promise.resolve() };
      const { id, runId } = await startRun(runs, eventProcessorProcess, event, { earlier: 'same' });
      expect(await failureOf(harness.client.workflow.getHandle(id).result())).toMatch(/the books are shut/);
      expect(await logOf(event)).toMatchObject({ outcome: 'failed', detail: 'the books are shut' });
      const before = await counts('order.cancelled');
      expect(before['failed']).toBe(1);
      expect(await startRun(runs, eventProcessorProcess, event, { earlier: 'same' })).toMatchObject({ id, runId });

      down = false;
      const again = await redriveRun(runs, id);
      expect(await harness.client.workflow.getHandle(id, again.runId).result()).toMatchObject({ status: 'handled' });
      expect(await logOf(event)).toMatchObject({ outcome: 'handled' });
      const after = await counts('order.cancelled');
      expect(after).toEqual({ handled: (before['handled'] ?? 0) + 1 });
    }, faults);
  });

  it('starts incident-response for an alert, once, and it lives on by itself', async () => {
    const alert = { service: 'checkout-api', severity: 'critical', message: 'half of all payments fail' };
    const event = eventOf('system_alert', alert);
    const started = `incident-response-shop:${event.id}`;
    await taken(event, async (handle) => {
      expect(await result(handle)).toEqual({
        status: 'handled',
        effect: 'critical alert of checkout-api recorded',
        started,
      });
      const child = harness.client.workflow.getHandle(started);
      expect((await child.describe()).status.name).toBe('RUNNING');
      await child.terminate('seen');
    });
    expect(await logOf(event)).toMatchObject({ outcome: 'handled', started });
  });

  it('tells whoever is on call of an alert that needs no process, and only records a user who cannot be onboarded', async () => {
    const info = eventOf('system_alert', { service: 'checkout-api', severity: 'info', message: 'deployed' });
    expect(await taken(info, result)).toEqual({ status: 'handled', effect: 'info alert of checkout-api recorded' });
    const { db } = harness.services;
    const mails = await db.selectFrom('mails').selectAll().where('subject', 'like', '%info alert of%').execute();
    expect(mails).toHaveLength(1);
    const user = eventOf('user.created', { userId: 'u-1', email: 'emmy@example.com', name: 'Emmy Noether' });
    expect(await taken(user, result)).toEqual({ status: 'handled', effect: 'user u-1 registered' });
  });

  it('starts customer-onboarding for a user who says what that needs', async () => {
    const user = {
      userId: 'u-2',
      email: 'maria@example.com',
      name: 'Maria',
      country: 'DE',
      documentNumber: 'L01X00T47',
    };
    const event = eventOf('user.created', user);
    const ended = await taken(event, async (handle) => {
      const value = await result(handle);
      if (value.status === 'handled' && value.started !== undefined) {
        await harness.client.workflow.getHandle(value.started).terminate('seen');
      }
      return value;
    });
    expect(ended).toMatchObject({ status: 'handled', started: `customer-onboarding:${runIdOf(event)}` });
  });

  it('handles the event although no mail can be sent', async () => {
    await taken(
      payment('pay-no-mail'),
      async (handle) => expect(await result(handle)).toMatchObject({ status: 'handled' }),
      broken('notify', 'dependency'),
    );
  });

  it('ends as cancelled and says so in the log', async () => {
    const event = eventOf('user_action', { userId: 'u-5', action: 'waits' });
    await taken(
      event,
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        expect(await logOf(event)).toMatchObject({ outcome: 'cancelled', counted_as: 'cancelled' });
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      },
      () => ({
        async countUserAction() {
          const signal = cancellationSignal();
          await harness.client.workflow.getHandle(runIdOf(event)).cancel();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw signal.reason as Error;
        },
      }),
    );
  });
});
