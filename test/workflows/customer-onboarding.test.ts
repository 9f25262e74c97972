import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { signConfirmation } from '../../src/services/confirmation-links.ts';
import type { Application } from '../../src/services/customer-store.ts';
import { findSentMail } from '../../src/services/mail/sent-mails.ts';
import { createApp } from '../../src/web/app.ts';
import type { OnboardingResult } from '../../src/workflows/customer-onboarding.ts';
import { leftOpen, untilIdle } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';
import { until } from '../support/until.ts';

let harness: Harness;
let site: ReturnType<typeof createApp>;
beforeAll(async () => {
  harness = await startHarness();
  const { services, settings, client } = harness;
  const { db, files, directory } = services;
  site = createApp({ runs: { client, settings, close: () => Promise.resolve() }, db, files, directory, settings });
});
afterAll(() => harness.stop());

const applicant = (more: Partial<Application> = {}): Application => ({
  email: `${randomUUID().slice(0, 8)}@example.com`,
  name: 'Maria Sibylla Merian',
  country: 'DE',
  documentNumber: 'L01X00T47',
  plan: 'team',
  ...more,
});
const unknownDocument = 'L01X00000';
const onboard = <T>(application: Application, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'customerOnboarding', application, work, faults);
const result = (handle: Handle): Promise<OnboardingResult> => handle.result() as Promise<OnboardingResult>;
const confirm = (handle: Handle, data?: unknown): Promise<void> =>
  handle.signal('confirmEmail', ...(data === undefined ? [] : [data]));
const customerOf = ({ email }: Application) =>
  harness.services.db.selectFrom('customers').selectAll().where('email', '=', email).executeTakeFirst();

async function mailsTo({ email }: Application) {
  const { db } = harness.services;
  const rows = await db.selectFrom('mails').select(['id', 'recipients']).orderBy('received_at').execute();
  const mails = await Promise.all(
    rows.filter((row) => row.recipients.includes(email)).map(({ id }) => findSentMail(db, id)),
  );
  return mails.flatMap((mail) => (mail ? [mail] : []));
}

async function linkTo(application: Application): Promise<string> {
  const link = await until(
    async () => /http:\/\/\S+\/verify\/\S+/.exec((await mailsTo(application))[0]?.text ?? '')?.[0],
    'no link was sent',
  );
  return new URL(link).pathname;
}

const open = (path: string): Promise<Response> => Promise.resolve(site.request(`http://localhost${path}`));
const press = (path: string): Promise<Response> =>
  Promise.resolve(
    site.request(`http://localhost${path}`, {
      method: 'POST',
      headers: { Origin: 'http://localhost', 'Content-Type': 'application/x-www-form-urlencoded' },
    }),
  );

/** A child as soon as it is there. */
async function child({ workflowId }: Handle, name: string): Promise<WorkflowHandle> {
  const handle = harness.client.workflow.getHandle(`${workflowId}/${name}`);
  await until(() => handle.describe().catch(() => undefined), `there is no child ${name}`);
  return handle;
}

describe('customer-onboarding', () => {
  it('makes an applicant an active customer once the link in the mail is confirmed', async () => {
    const application = applicant({ company: 'Merian Prints' });
    await onboard(application, async (handle) => {
      const link = await linkTo(application);
      expect(await (await open(link)).text()).toContain(`Is ${application.email} yours?`);
      expect((await press(link)).status).toBe(200);
      const ended = await result(handle);
      expect(ended).toEqual({
        status: 'active',
        customer: `${handle.workflowId}/account`,
        workspace: expect.stringMatching(/^merian-prints/),
        verifiedBy: 'identity service',
        missing: [],
      });
      expect(await customerOf(application)).toMatchObject({
        status: 'active',
        verified_by: 'identity service',
        preferences: { language: 'de', currency: 'EUR', template: 'company' },
      });
      expect((await mailsTo(application)).map(({ subject }) => subject)).toEqual(['Adresse bestätigen', 'Willkommen']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('does nothing when a link is only opened, as mail programs do', async () => {
    const application = applicant();
    await onboard(application, async (handle) => {
      await open(await linkTo(application));
      expect(await result(handle)).toEqual({ status: 'expired' });
      expect(await customerOf(application)).toBeUndefined();
    });
  });

  it('reminds after a day and expires after three', async () => {
    const application = applicant({ language: 'en' });
    await onboard(application, async (handle) => {
      const { startTime } = await handle.describe();
      expect(await result(handle)).toEqual({ status: 'expired' });
      const { closeTime } = await handle.describe();
      expect((closeTime!.getTime() - startTime.getTime()) / 3_600_000).toBeCloseTo(72, 1);
      const subjects = (await mailsTo(application)).map(({ subject }) => subject);
      expect(subjects).toEqual(['Confirm your address', 'Reminder: confirm your address']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('takes the confirmation from the client too, ignores one for another address, and one that comes twice', async () => {
    const application = applicant();
    await onboard(application, async (handle) => {
      await confirm(handle, { email: 'somebody@else.example' });
      await confirm(handle, 'nonsense');
      await pause(300);
      expect((await handle.describe()).status.name).toBe('RUNNING');
      await confirm(handle);
      await confirm(handle, { email: application.email });
      expect(await result(handle)).toMatchObject({ status: 'active' });
    });
  });

  it('says so at a link that is wrong, too old or not needed any more', async () => {
    const application = applicant();
    await onboard(application, async (handle) => {
      const link = await linkTo(application);
      await press(link);
      await result(handle);
      expect(await (await press(link)).text()).toContain('not waiting for a confirmation any more');
      const { workflowId: runId } = handle;
      const { db } = harness.services;
      const old = await signConfirmation(db, { runId, email: application.email }, '2020-01-01T00:00:00Z');
      for (const path of [`/verify/${old}`, `${link}x`, '/verify/nothing']) {
        expect((await open(path)).status).toBe(404);
        expect((await press(path)).status).toBe(404);
      }
    });
  });

  it('refuses a second account for an address', async () => {
    const application = applicant();
    for (const expected of [{ status: 'active' }, { status: 'refused', reason: 'this address has an account' }]) {
      await onboard(application, async (handle) => {
        await confirm(handle);
        expect(await result(handle)).toMatchObject(expected);
      });
    }
    expect(await customerOf(application)).toMatchObject({ status: 'active' });
  });

  it('lets compliance decide about an identity that is not known', async () => {
    const application = applicant({ documentNumber: unknownDocument });
    await onboard(application, async (handle) => {
      await confirm(handle);
      const verification = (await child(handle, 'verification')) as Handle;
      expect(await untilOpen(verification)).toMatchObject({ name: 'identity', approvers: ['role:compliance'] });
      await decide(verification, { vote: 'approve', by: 'florence', roles: ['compliance'] });
      expect(await result(handle)).toMatchObject({ status: 'active', verifiedBy: 'florence' });
    });
  });

  it('takes the account back when the identity is refused, or nobody looks in time', async () => {
    for (const [vote, reason] of [
      [true, 'forged'],
      [false, 'nobody looked at the identity within 48 hours'],
    ] as const) {
      const application = applicant({ documentNumber: unknownDocument });
      await onboard(application, async (handle) => {
        await confirm(handle);
        const verification = (await child(handle, 'verification')) as Handle;
        await untilOpen(verification);
        expect(await customerOf(application)).toMatchObject({ status: 'open' });
        if (vote) await decide(verification, { vote: 'reject', reason, by: 'florence', roles: ['compliance'] });
        expect(await result(handle)).toEqual({ status: 'refused', reason });
        expect(await customerOf(application)).toBeUndefined();
      });
    }
  });

  it('asks a person when the identity service is down', async () => {
    const application = applicant();
    await onboard(
      application,
      async (handle) => {
        await confirm(handle);
        const verification = (await child(handle, 'verification')) as Handle;
        expect((await untilOpen(verification)).subject).toMatchObject({ identity: { status: 'unanswered' } });
        await decide(verification, { vote: 'approve', by: 'alan', roles: ['compliance'] });
        expect(await result(handle)).toMatchObject({ status: 'active', verifiedBy: 'alan' });
      },
      broken('verifyIdentity', 'validation'),
    );
  });

  it('keeps the customer when the welcome fails, and says what is missing', async () => {
    const application = applicant();
    await onboard(
      application,
      async (handle) => {
        await confirm(handle);
        expect(await result(handle)).toMatchObject({
          status: 'active',
          missing: [{ what: 'welcome', why: expect.stringContaining('sendWelcome broke') }],
        });
        expect(await customerOf(application)).toMatchObject({ status: 'active', preferences: { currency: 'EUR' } });
      },
      broken('sendWelcome'),
    );
  });

  it('leaves no account when setting it up fails halfway', async () => {
    const application = applicant();
    await onboard(
      application,
      async (handle) => {
        await confirm(handle);
        expect(await failureOf(handle.result())).toMatch(/makeWorkspace broke/);
        expect(await customerOf(application)).toBeUndefined();
      },
      broken('makeWorkspace'),
    );
  });

  it('names the child that somebody cancelled alone, and takes the account back', async () => {
    const application = applicant({ documentNumber: unknownDocument });
    await onboard(application, async (handle) => {
      await confirm(handle);
      const verification = await child(handle, 'verification');
      await untilOpen(verification);
      await verification.cancel();
      expect(await result(handle)).toEqual({ status: 'cancelled', child: `${handle.workflowId}/verification` });
      expect((await verification.describe()).status.name).toBe('CANCELLED');
      expect((await handle.describe()).status.name).toBe('COMPLETED');
      expect(await customerOf(application)).toBeUndefined();
    });
  });

  it('keeps the customer when only the welcome is cancelled', async () => {
    const application = applicant();
    await onboard(
      application,
      async (handle) => {
        await confirm(handle);
        await (await child(handle, 'welcome')).cancel();
        const why = `${handle.workflowId}/welcome was cancelled`;
        expect(await result(handle)).toMatchObject({ status: 'active', missing: [{ what: 'welcome', why }] });
      },
      broken('sendWelcome', 'dependency'),
    );
  });

  it('cancels its children when it is cancelled, and leaves no account', async () => {
    const application = applicant({ documentNumber: unknownDocument });
    await onboard(application, async (handle) => {
      await confirm(handle);
      const verification = await child(handle, 'verification');
      await untilOpen(verification);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/Cancel/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect((await verification.describe()).status.name).toBe('CANCELLED');
      expect(await customerOf(application)).toBeUndefined();
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('is cancelled while it waits for the link', async () => {
    const application = applicant();
    await onboard(application, async (handle) => {
      await linkTo(application);
      await untilIdle(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
