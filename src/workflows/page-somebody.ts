import { proxyActivities, sleep } from '@temporalio/workflow';
import type { Alert, IncidentActivities } from '../activities/incidents.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { failure } from '../failures.ts';
import { bestEffort } from './activity-options.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import { ladder, type Rung } from './patterns/ladder.ts';
import { parallel } from './patterns/parallel.ts';
import { poll } from './patterns/poll.ts';
import { key } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** How long each has to acknowledge. */
const patience = { onCall: '5 minutes', lead: '10 minutes' } as const;

const lead = 'role:on-call-lead';
const pager = proxyActivities<IncidentActivities>(bestEffort);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** `null`: the person paged has said no. */
type Answer = string | null;

interface Call {
  /** Name of the gate. */
  readonly name: string;
  readonly alert: Alert;
  /** Who is paged. */
  readonly who: string;
  readonly approvers: readonly string[];
  readonly time: '5 minutes' | '10 minutes';
}

/**
 * Pages whoever is on call, and the leads if nobody acknowledges in time or the first says no. Who acknowledges does so
 * in the inbox or at the pager. Gives their reference, or `undefined` if nobody did.
 */
export async function pageSomebody(alert: Alert, onCall: string): Promise<string | undefined> {
  const rung = (name: string, run: () => Promise<Answer>): Rung<string, Answer> => ({ name, run });
  const call = { alert, who: onCall, approvers: [onCall], time: patience.onCall };
  const answered = await ladder(
    [
      rung('on-call', () => ring({ ...call, name: 'acknowledge' })),
      rung('lead', () =>
        ring({ ...call, name: 'acknowledge as lead', who: lead, approvers: [lead, onCall], time: patience.lead }),
      ),
    ],
    { accept: (by) => by !== null },
  );
  return answered.status === 'accepted' ? (answered.value ?? undefined) : undefined;
}

/** Pages one circle of people and waits for the first to answer. Fails with `NotAcknowledged` if none does. */
async function ring(call: Call): Promise<Answer> {
  const page = await notice(key(`page: ${call.name}`), call.who, call.alert);
  const { branch, value } = await parallel(
    {
      inbox: () => fromInbox(call),
      pager: () => fromPager(page, call),
    },
    { join: 'firstSuccess' },
  );
  if (branch === 'inbox' && value !== null && page !== undefined) {
    await withFallback(() => pager.acknowledgePage(key(`acknowledge: ${call.name}`), page, value), undefined);
  }
  return value;
}

/** Pages; where the pager does not work, a mail goes out instead. */
export function notice(id: string, who: string, alert: Alert): Promise<string | undefined> {
  return withFallback(
    async () => (await pager.pageOnCall(id, who, alert)).page,
    () => withFallback(() => mail.notify(id, letter(who, alert)).then(() => undefined), undefined),
  );
}

async function fromInbox({ name, alert, approvers, time }: Call): Promise<Answer> {
  const decision = await approvalGate({ name, subject: alert, approvers, timeout: time }).decision();
  if (decision.status === 'expired') throw notAcknowledged(time);
  return decision.status === 'approved' ? decision.by.map((each) => `user:${each}`).join(', ') : null;
}

async function fromPager(page: string | undefined, { time }: Call): Promise<Answer> {
  if (page === undefined) throw notAcknowledged(time);
  // Nobody is quicker than that.
  await sleep('10 seconds');
  const answer = await poll(() => pager.checkPage(page), {
    every: '10 seconds',
    backoff: { coefficient: 1.5, maximum: '1 minute' },
    timeout: time,
    until: ({ by }) => by !== null,
  });
  if (answer.status !== 'done') throw notAcknowledged(time);
  return answer.value.by;
}

function notAcknowledged(time: string): Error {
  return failure('dependency', `nobody acknowledged within ${time}`, { type: 'NotAcknowledged' });
}

function letter(who: string, { service, severity, title, description }: Alert) {
  return { to: [who], subject: `${severity}: ${service}: ${title}`, text: `${description}\n\nSee the inbox.` };
}
