import { proxyActivities } from '@temporalio/workflow';
import type { Application, OnboardingActivities } from '../activities/onboarding.ts';
import { accountSetup } from './account-setup.ts';
import { ordinary, persistent } from './activity-options.ts';
import { emailConfirmed } from './confirm-email.ts';
import { customerVerification } from './customer-verification.ts';
import { customerWelcome } from './customer-welcome.ts';
import { ownChild, type ChildOutcome } from './own-child.ts';
import { messageOf } from './patterns/joined-failure.ts';
import { parallel, type Settled } from './patterns/parallel.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';

/** What became of an applicant. Only `active` leaves an account behind. */
export type OnboardingResult =
  | (Joined & {
      /** What an active customer still lacks, each with the reason; empty if all went well. */
      readonly missing: readonly { readonly what: 'personalize' | 'welcome'; readonly why: string }[];
    })
  | GivenUp;

interface Joined {
  readonly status: 'active';
  readonly customer: string;
  readonly workspace: string;
  readonly verifiedBy: string;
}

type GivenUp =
  /** Nobody opened the link in time. */
  | { readonly status: 'expired' }
  | { readonly status: 'refused'; readonly reason: string }
  /** Somebody cancelled the child of this id alone. */
  | { readonly status: 'cancelled'; readonly child: string };

const onboarding = proxyActivities<OnboardingActivities>(ordinary);
const undoing = proxyActivities<OnboardingActivities>(persistent);

/** Makes an applicant a customer: address confirmed, account set up, identity verified, then personalized and welcomed. */
export async function customerOnboarding(application: Application): Promise<OnboardingResult> {
  const confirmed = await stage('verify e-mail', () => emailConfirmed(application));
  if (!confirmed) return { status: 'expired' };

  const joined = await saga<Joined | GivenUp>(async (tx) => {
    const giveUp = async (result: GivenUp): Promise<GivenUp> => {
      await tx.compensate();
      return result;
    };
    const account = await tx.step(
      'account',
      (id) => ownChild(id, accountSetup, id, application),
      (_, id) => undoing.removeCustomerAccount(id),
    );
    if (account.status === 'cancelled') return giveUp(account);
    if (account.value.status === 'taken') return giveUp({ status: 'refused', reason: 'this address has an account' });
    const { customer, workspace } = account.value;

    const verification = await tx.step('verification', (id) => ownChild(id, customerVerification, application));
    if (verification.status === 'cancelled') return giveUp(verification);
    const identity = verification.value;
    if (identity.status === 'refused') return giveUp({ status: 'refused', reason: identity.reason });

    await tx.step('activate', () => onboarding.activateCustomerAccount(customer, identity.by));
    tx.pivot();
    return { status: 'active', customer, workspace, verifiedBy: identity.by };
  });
  if (joined.status !== 'active') return joined;

  const settled = await parallel(
    {
      personalize: () => onboarding.personalizeAccount(joined.customer, application),
      welcome: () => ownChild(key('welcome'), customerWelcome, application, joined.workspace),
    },
    { join: 'settled' },
  );
  return { ...joined, missing: [...lacks('personalize', settled.personalize), ...lacks('welcome', settled.welcome)] };
}

function lacks<W extends string>(what: W, outcome: Settled<object>): { readonly what: W; readonly why: string }[] {
  if (outcome.status === 'rejected') return [{ what, why: messageOf(outcome.error) }];
  const value = outcome.status === 'fulfilled' ? (outcome.value as Partial<ChildOutcome<unknown>>) : {};
  return value.status === 'cancelled' ? [{ what, why: `${String(value.child)} was cancelled` }] : [];
}
