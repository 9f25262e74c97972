import { CancellationScope, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { EventActivities, EventEnding, IncomingEvent } from '../activities/events.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { reasonOf } from './reason-of.ts';
import { route } from './patterns/route.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { startApart } from './start-apart.ts';

/** What became of an event. `unknown`: there is no way to handle its type; it is kept. */
export type EventResult =
  | { readonly status: 'handled'; readonly effect: string; readonly started?: string }
  | { readonly status: 'unknown' }
  | { readonly status: 'invalid'; readonly problems: readonly string[] };

const events = proxyActivities<EventActivities>(ordinary);
const books = proxyActivities<EventActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Handles one event from outside, and writes down how that ended, whatever happens. */
export async function eventProcessor(event: IncomingEvent): Promise<EventResult> {
  try {
    const { problems, known } = await stage('validate', () => events.checkEvent(event));
    const result = await outcomeOf(event, problems, known);
    await writeDown(event, endingOf(result));
    return result;
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    const ending = { outcome, detail: reasonOf(error) } as const;
    await CancellationScope.nonCancellable(() =>
      withFallback(() => writeDown(event, ending, `${outcome}: `), undefined),
    );
    throw error;
  }
}

async function outcomeOf(event: IncomingEvent, problems: readonly string[], known: boolean): Promise<EventResult> {
  if (problems.length > 0) return { status: 'invalid', problems };
  if (!known) return { status: 'unknown' };
  const done = await stage('handle', () => handle(event));
  return { status: 'handled', ...done };
}

function handle(event: IncomingEvent): Promise<{ effect: string; started?: string }> {
  return route(
    event.type,
    {
      'user.created': () => andThen(event, events.registerUser(key('user'), event)),
      'payment.completed': () => andTell(event, events.recordOrderPayment(key('payment'), event), 'role:finance'),
      'order.cancelled': () => andTell(event, events.recordCancellation(key('cancellation'), event), 'role:agent'),
      user_action: async () => ({ effect: await events.countUserAction(key('action'), event) }),
      system_alert: () => alert(event),
      business_event: async () => ({ effect: await events.countBusinessEvent(key('figure'), event) }),
    },
    { otherwise: async () => ({ effect: 'kept' }) },
  );
}

/** Goes on in a process of its own, if one is installed that takes the event. */
async function andThen(event: IncomingEvent, done: Promise<string>): Promise<{ effect: string; started?: string }> {
  const effect = await done;
  const next = await events.planFollowUp(workflowInfo().workflowId, event);
  return next ? { effect, started: await startApart(next.workflowType, next.workflowId, next.input) } : { effect };
}

async function andTell(event: IncomingEvent, done: Promise<string>, who: string): Promise<{ effect: string }> {
  const effect = await done;
  const message = { to: [who], subject: `${event.source}: ${effect}`, text: `${effect} (event ${event.id}).` };
  await withFallback(() => mail.notify(key('tell'), message), undefined);
  return { effect };
}

/** An alert that no process takes goes to whoever is on call. */
async function alert(event: IncomingEvent): Promise<{ effect: string; started?: string }> {
  const done = await andThen(event, events.recordAlert(key('alert'), event));
  return done.started === undefined ? andTell(event, Promise.resolve(done.effect), 'role:on-call') : done;
}

async function writeDown(event: IncomingEvent, ending: EventEnding, how = ''): Promise<void> {
  const run = workflowInfo().workflowId;
  await stage(`${how}log`, () => books.logEvent(run, event, ending));
  await stage(`${how}metrics`, () => books.countEvent(run, event));
}

function endingOf(result: EventResult): EventEnding {
  switch (result.status) {
    case 'handled':
      return { outcome: 'handled', detail: result.effect, ...(result.started && { started: result.started }) };
    case 'unknown':
      return { outcome: 'unknown', detail: 'no way to handle this type' };
    case 'invalid':
      return { outcome: 'invalid', detail: result.problems.join('; ') };
  }
}
