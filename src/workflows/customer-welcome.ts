import { proxyActivities } from '@temporalio/workflow';
import type { NotifyActivities } from '../activities/notify.ts';
import type { Application, OnboardingActivities } from '../activities/onboarding.ts';
import { bestEffort, ordinary } from './activity-options.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

const letters = proxyActivities<OnboardingActivities>(ordinary);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Writes to a new customer, and tells those who look after customers. A child of customer-onboarding. */
export async function customerWelcome(
  application: Application,
  workspace: string,
): Promise<{ readonly status: 'sent' }> {
  await stage('letter', () => letters.sendWelcome(key('letter'), application, workspace));
  const { name, plan } = application;
  const message = {
    to: ['role:agent-lead'],
    subject: `New customer: ${name}`,
    text: `Workspace ${workspace}, plan ${plan}.`,
  };
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), message), undefined));
  return { status: 'sent' };
}
