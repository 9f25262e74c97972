import { proxyActivities } from '@temporalio/workflow';
import type { Application, OnboardingActivities } from '../activities/onboarding.ts';
import { ordinary } from './activity-options.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

/** `by`: the identity service, or the persons who looked. */
export type VerificationResult = { readonly audit?: readonly AuditEntry[] } & (
  { readonly status: 'verified'; readonly by: string } | { readonly status: 'refused'; readonly reason: string }
);

const vendors = proxyActivities<OnboardingActivities>(ordinary);
const sure = 0.9;

/** Has the identity service look; where it is not sure or does not answer, a person decides. A child of customer-onboarding. */
export async function customerVerification(application: Application): Promise<VerificationResult> {
  const identity = await stage('identity', () =>
    withFallback(() => vendors.verifyIdentity(key('identity'), application), { status: 'unanswered' } as const),
  );
  if (identity.status === 'verified' && identity.confidence >= sure) {
    return { status: 'verified', by: 'identity service' };
  }
  const decision = await approvalGate({
    name: 'identity',
    subject: { ...application, identity },
    approvers: ['role:compliance'],
    timeout: '48 hours',
    remindEvery: '12 hours',
    notify: remind,
  }).decision();
  const { audit } = decision;
  switch (decision.status) {
    case 'approved':
      return { status: 'verified', by: decision.by.join(', '), audit };
    case 'rejected':
      return { status: 'refused', reason: decision.reason, audit };
    case 'expired':
      return { status: 'refused', reason: 'nobody looked at the identity within 48 hours', audit };
  }
}
