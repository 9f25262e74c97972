/** Events as rows: each effect once for its key, one line in the log for each event, and counts that agree with the log. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { once } from './effects.ts';
import { dataOf, type IncomingEvent } from './event-types.ts';
import { toCents } from './money.ts';

/** How an event ended. */
export interface EventEnding {
  readonly outcome: 'handled' | 'unknown' | 'invalid' | 'failed' | 'cancelled';
  readonly detail: string;
  /** Workflow id of the process that it started. */
  readonly started?: string;
}

/** A user of a source's application; one that is there gets the new name and address. */
export function saveUser(db: Database, key: string, event: IncomingEvent): Promise<string> {
  const { userId, email, name } = dataOf('user.created', event);
  return once(db, key, async (change) => {
    await change
      .insertInto('app_users')
      .values({ source: event.source, user_id: userId, email, name, last_action: null, last_action_at: null })
      .onConflict((conflict) => conflict.columns(['source', 'user_id']).doUpdateSet({ email, name }))
      .execute();
    return `user ${userId} registered`;
  });
}

/** A payment for an order; the same payment told by another event changes nothing. */
export function saveOrderPayment(db: Database, key: string, event: IncomingEvent): Promise<string> {
  const { paymentId, orderId, amount, currency } = dataOf('payment.completed', event);
  return once(db, key, async (change) => {
    await change
      .insertInto('received_payments')
      .values({
        source: event.source,
        payment_id: paymentId,
        order_id: orderId,
        amount_cents: toCents(amount),
        currency,
      })
      .onConflict((conflict) => conflict.columns(['source', 'payment_id']).doNothing())
      .execute();
    return `${amount} ${currency} received for order ${orderId}`;
  });
}

/** The cancellation of an order; the first reason stays. */
export function saveCancellation(db: Database, key: string, event: IncomingEvent): Promise<string> {
  const { orderId, reason } = dataOf('order.cancelled', event);
  return once(db, key, async (change) => {
    await change
      .insertInto('order_cancellations')
      .values({ source: event.source, order_id: orderId, reason })
      .onConflict((conflict) => conflict.columns(['source', 'order_id']).doNothing())
      .execute();
    return `order ${orderId} cancelled: ${reason}`;
  });
}

/** One more action of a user; events that overtake each other leave the latest action. */
export function addAction(db: Database, key: string, event: IncomingEvent): Promise<string> {
  const { userId, action } = dataOf('user_action', event);
  return once(db, key, async (change) => {
    await sql`insert into app_users (source, user_id, actions, last_action, last_action_at)
      values (${event.source}, ${userId}, 1, ${action}, ${event.occurredAt})
      on conflict (source, user_id) do update set
        actions = app_users.actions + 1,
        last_action = case when excluded.last_action_at >= coalesce(app_users.last_action_at, '-infinity')
          then excluded.last_action else app_users.last_action end,
        last_action_at = greatest(excluded.last_action_at, app_users.last_action_at)`.execute(change);
    return `${action} by ${userId} counted`;
  });
}

/** An alert of a service. */
export function saveAlert(db: Database, key: string, event: IncomingEvent): Promise<string> {
  const { service, severity, message } = dataOf('system_alert', event);
  return once(db, key, async (change) => {
    await change
      .insertInto('service_alerts')
      .values({ key, service, severity, message, occurred_at: new Date(event.occurredAt) })
      .execute();
    return `${severity} alert of ${service} recorded`;
  });
}

/** One more event of a figure's day, and its value, if it has one, on top of the total. */
export function addFigure(db: Database, key: string, event: IncomingEvent): Promise<string> {
  const { name, value = 0 } = dataOf('business_event', event);
  return once(db, key, async (change) => {
    await sql`insert into business_figures (day, name, count, total)
      values (${dayOf(event)}, ${name}, 1, ${value})
      on conflict (day, name) do update set
        count = business_figures.count + 1, total = business_figures.total + excluded.total`.execute(change);
    return `${name} counted`;
  });
}

/** Writes an event's ending into the log. An event that was handled stays handled; one that failed may end anew. */
export async function logEnding(
  db: Database,
  runId: string,
  event: IncomingEvent,
  { outcome, detail, started }: EventEnding,
): Promise<void> {
  const ending = { outcome, detail, started: started ?? null };
  await db
    .insertInto('event_log')
    .values({
      run_id: runId,
      source: event.source,
      event_id: event.id,
      type: event.type,
      occurred_at: new Date(event.occurredAt),
      data: JSON.stringify(event.data),
      counted_as: null,
      ...ending,
    })
    .onConflict((conflict) =>
      conflict.column('run_id').doUpdateSet(ending).where('event_log.outcome', 'in', ['failed', 'cancelled']),
    )
    .execute();
}

/** Brings the counts in line with what the log says of this event. */
export async function countEnding(db: Database, runId: string, event: IncomingEvent): Promise<void> {
  const { source, type } = event;
  const day = dayOf(event);
  await db.transaction().execute(async (change) => {
    const logged = await change
      .selectFrom('event_log')
      .select(['outcome', 'counted_as'])
      .where('run_id', '=', runId)
      .forUpdate()
      .executeTakeFirst();
    if (!logged || logged.outcome === logged.counted_as) return;
    await change
      .updateTable('event_metrics')
      .set(({ eb }) => ({ count: eb('count', '-', 1) }))
      .where('day', '=', day)
      .where('source', '=', source)
      .where('type', '=', type)
      .where('outcome', '=', logged.counted_as ?? '')
      .execute();
    await change
      .insertInto('event_metrics')
      .values({ day, source, type, outcome: logged.outcome, count: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['day', 'source', 'type', 'outcome'])
          .doUpdateSet(({ eb }) => ({ count: eb('event_metrics.count', '+', 1) })),
      )
      .execute();
    await change.updateTable('event_log').set({ counted_as: logged.outcome }).where('run_id', '=', runId).execute();
  });
}

function dayOf({ occurredAt }: IncomingEvent): string {
  return new Date(occurredAt).toISOString().slice(0, 10);
}
