import { condition, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Application, OnboardingActivities } from '../activities/onboarding.ts';
import { bestEffort, ordinary } from './activity-options.ts';
import { key } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** Sent by the page behind the link. One for another address is ignored; without an address it counts, as by the client. */
const confirmEmail = defineSignal<[unknown?]>('confirmEmail');

const hour = 3_600_000;
const remindAfter = 24 * hour;
const expiresAfter = 72 * hour;

const letters = proxyActivities<OnboardingActivities>(ordinary);
const reminders = proxyActivities<OnboardingActivities>(bestEffort);

/**
 * Mails a link and waits until somebody has opened it: `false` when nobody did within 72 hours. After 24 hours it reminds
 * once; a reminder that cannot be sent is left out. Repeated and late confirmations change nothing.
 */
export async function emailConfirmed(application: Application): Promise<boolean> {
  let confirmed = false;
  setHandler(confirmEmail, (sent) => {
    confirmed ||= isFor(application.email, sent);
  });
  const begun = Date.now();
  const link = {
    runId: workflowInfo().workflowId,
    until: new Date(begun + expiresAfter).toISOString(),
    again: false,
  };
  const left = (until: number): number => Math.max(1, begun + until - Date.now());

  await letters.sendConfirmationLink(key('link'), application, link);
  if (await condition(() => confirmed, left(remindAfter))) return true;
  const again = { ...link, again: true };
  await withFallback(() => reminders.sendConfirmationLink(key('link again'), application, again), undefined);
  return condition(() => confirmed, left(expiresAfter));
}

function isFor(email: string, sent: unknown): boolean {
  if (sent === undefined || sent === null) return true;
  return typeof sent === 'object' && (!('email' in sent) || sent.email === email);
}
