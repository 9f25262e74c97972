import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Application } from '../../src/services/customer-store.ts';
import type { OnboardingResult } from '../../src/workflows/customer-onboarding.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const applicant = (email: string): Application => ({
  email,
  name: 'Maria Sibylla Merian',
  country: 'DE',
  documentNumber: 'L01X00T47',
  plan: 'team',
});

describe('customer-onboarding at every point of failure', () => {
  it('leaves an active customer with a workspace, or no trace of one', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'customerOnboarding',
      args: (workflowId) => [applicant(`${workflowId}@example.com`)],
      signals: { 'verify e-mail / timer#1': { name: 'confirmEmail' } },
      categories: ['validation', 'dependency'],
      async invariant({ workflowId, outcome }) {
        const customer = await db
          .selectFrom('customers')
          .leftJoin('workspaces', 'workspaces.customer_id', 'customers.id')
          .select(['status', 'verified_by', 'slug'])
          .where('email', '=', `${workflowId}@example.com`)
          .executeTakeFirst();
        if (customer) expect(customer).toMatchObject({ status: 'active', verified_by: 'identity service' });
        if (customer) expect(customer.slug).not.toBeNull();
        if (outcome.status !== 'completed') return;
        const result = outcome.result as OnboardingResult;
        expect(customer?.status).toBe(result.status === 'active' ? 'active' : undefined);
      },
    });
  });
});
