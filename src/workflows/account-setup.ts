import { proxyActivities } from '@temporalio/workflow';
import type { Application, OnboardingActivities } from '../activities/onboarding.ts';
import { ordinary, persistent } from './activity-options.ts';
import { saga } from './patterns/saga.ts';

/** `taken`: there is a customer with this address already, and nothing was made. */
export type AccountResult =
  { readonly status: 'ready'; readonly customer: string; readonly workspace: string } | { readonly status: 'taken' };

const onboarding = proxyActivities<OnboardingActivities>(ordinary);
const undoing = proxyActivities<OnboardingActivities>(persistent);

/** Opens an account under `id` and makes its workspace: both or neither. A child of customer-onboarding. */
export async function accountSetup(id: string, application: Application): Promise<AccountResult> {
  return saga<AccountResult>(async (tx) => {
    const account = await tx.step(
      'open account',
      () => onboarding.openCustomerAccount(id, application),
      () => undoing.removeCustomerAccount(id),
    );
    if (account.status === 'taken') return account;
    // Goes with the account when that is removed.
    const workspace = await tx.step('make workspace', () => onboarding.makeWorkspace(id, application));
    return { status: 'ready', customer: id, workspace };
  });
}
