import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Alert } from '../../src/services/incident-store.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { IncidentResult } from '../../src/workflows/incident-response.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  // A restart takes no time here: the sandbox goes by the real clock.
  await setBehaviour(harness.services.db, 'infrastructure', { paceMs: 0 });
});
afterAll(() => harness.stop());

/** An alert of a service of its own that may be restarted; what begins its name says how the sandbox treats it. */
const alertOf = async (kind: string, restartable = true): Promise<Alert> => {
  const service = `${kind}${randomUUID()}`;
  await harness.services.db
    .insertInto('services')
    .values({ name: service, area: 'application', restartable })
    .execute();
  return { service, severity: 'critical', title: `${kind} is down`, description: 'Every request fails with 502.' };
};
const raise = <T>(alert: Alert, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'incidentResponse', alert, work, faults);
const result = (handle: Handle): Promise<IncidentResult> => handle.result() as Promise<IncidentResult>;
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db
    .selectFrom('incidents')
    .select(['status', 'owner', 'report'])
    .where('id', '=', `${workflowId}/ticket`)
    .executeTakeFirst();
const pagesOf = ({ workflowId }: Handle) =>
  harness.services.db
    .selectFrom('vendor_calls')
    .selectAll()
    .where('vendor', '=', 'paging')
    .where('operation', '=', 'page')
    .where('key', 'like', `${workflowId}/%`)
    .execute();
const mailsAbout = async (text: string): Promise<number> =>
  (await harness.services.db.selectFrom('mails').select('subject').where('subject', 'like', `%${text}%`).execute())
    .length;
const hedy = { by: 'hedy', roles: ['on-call'] };
const acknowledge = async (handle: Handle): Promise<void> => {
  await untilOpen(handle, 'acknowledge');
  await decide(handle, { ...hedy, gate: 'acknowledge', vote: 'approve' });
};

describe('incident-response', () => {
  it('pages who is on call for the area, restarts the service, and mails what happened', async () => {
    const alert = await alertOf('api-');
    await raise(alert, async (handle) => {
      const gate = await untilOpen(handle, 'acknowledge');
      expect(gate.approvers).toEqual(['user:hedy']);
      await acknowledge(handle);
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'resolved', owner: 'user:hedy', area: 'application', restarts: 1 });
      expect(ended.report).toContain('The service is healthy again.');
      expect(await rowOf(handle)).toEqual({ status: 'resolved', owner: 'user:hedy', report: ended.report });
      expect(await pagesOf(handle)).toHaveLength(1);
      expect(await mailsAbout(`Incident resolved: ${alert.service}`)).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('takes an acknowledgement at the pager as well', async () => {
    await raise(await alertOf('api-'), async (handle) => {
      await untilOpen(handle, 'acknowledge');
      const [call] = await pagesOf(handle);
      const { page } = call?.answer as { page: string };
      const options = { key: `${page} by grace` };
      await harness.services.vendors.request('paging', 'acknowledge', { page, by: 'grace' }, options);
      expect(await result(handle)).toMatchObject({ status: 'resolved', owner: 'grace' });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('pages the lead when nobody acknowledges within five minutes', async () => {
    await raise(await alertOf('api-'), async (handle) => {
      await untilOpen(handle, 'acknowledge');
      await harness.env.sleep('310 seconds');
      await untilOpen(handle, 'acknowledge as lead');
      expect(await pagesOf(handle)).toHaveLength(2);
      const margaret = { by: 'margaret', roles: ['on-call-lead'] };
      await decide(handle, { ...margaret, gate: 'acknowledge as lead', vote: 'approve' });
      expect(await result(handle)).toMatchObject({ status: 'resolved', owner: 'user:margaret' });
    });
  });

  it('pages the lead at once when who is on call says no', async () => {
    await raise(await alertOf('api-'), async (handle) => {
      await untilOpen(handle, 'acknowledge');
      await decide(handle, { ...hedy, gate: 'acknowledge', vote: 'reject', reason: 'not mine' });
      await untilOpen(handle, 'acknowledge as lead');
      const margaret = { by: 'margaret', roles: ['on-call-lead'] };
      await decide(handle, { ...margaret, gate: 'acknowledge as lead', vote: 'approve' });
      expect(await result(handle)).toMatchObject({ status: 'resolved', owner: 'user:margaret' });
    });
  });

  it('restarts a service also when nobody acknowledges', async () => {
    await raise(await alertOf('api-'), async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'resolved', owner: null, restarts: 1 });
    });
  });

  it('restarts until the service is healthy', async () => {
    await raise(await alertOf('flaky-3-'), async (handle) => {
      await acknowledge(handle);
      expect(await result(handle)).toMatchObject({ status: 'resolved', restarts: 3 });
    });
  });

  it.each([
    ['broken-', 3, 'it is not healthy after 3 restarts'],
    ['fixed-', 0, 'the infrastructure refused to restart it'],
  ])('hands over a service of the kind %s after %i restarts', async (kind, restarts, reason) => {
    const alert = await alertOf(kind);
    await raise(alert, async (handle) => {
      await acknowledge(handle);
      expect(await result(handle)).toMatchObject({ status: 'escalated', owner: 'user:hedy', restarts, reason });
      expect(await rowOf(handle)).toMatchObject({ status: 'escalated', owner: 'user:hedy' });
      expect(await pagesOf(handle)).toHaveLength(2);
      expect(await mailsAbout(`Incident escalated: ${alert.service}`)).toBe(1);
    });
  });

  it('restarts nothing that may not be restarted, and leaves it to the lead when nobody acknowledges', async () => {
    await raise(await alertOf('db-', false), async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'escalated',
        owner: 'role:on-call-lead',
        restarts: 0,
        reason: 'it may not be restarted automatically',
      });
      expect(await rowOf(handle)).toMatchObject({ status: 'escalated', owner: 'role:on-call-lead' });
    });
  });

  it('calls who knows the area that the words of an unknown service are about', async () => {
    const alert: Alert = {
      service: 'unheard-of',
      severity: 'warning',
      title: 'Replication of the database lags',
      description: 'The disk of the replica is full and slow queries pile up.',
    };
    await raise(alert, async (handle) => {
      expect((await untilOpen(handle, 'acknowledge')).approvers).toEqual(['user:grace']);
      await decide(handle, { by: 'grace', roles: ['on-call'], gate: 'acknowledge', vote: 'approve' });
      expect(await result(handle)).toMatchObject({ status: 'escalated', area: 'database', owner: 'user:grace' });
    });
  });

  it.each([
    ['classifyIncident', 'escalated'],
    ['pageOnCall', 'resolved'],
    ['checkPage', 'resolved'],
    ['restartService', 'escalated'],
    ['checkHealth', 'escalated'],
    ['summarizeIncident', 'resolved'],
    ['notify', 'resolved'],
  ] as const)('goes on to the end when %s does not work', async (name, status) => {
    await raise(
      await alertOf('api-'),
      async (handle) => {
        await untilOpen(handle, 'acknowledge');
        const voter = name === 'classifyIncident' ? 'grace' : 'hedy';
        await decide(handle, { by: voter, roles: ['on-call'], gate: 'acknowledge', vote: 'approve' });
        expect(await result(handle)).toMatchObject({ status, owner: `user:${voter}` });
        expect((await rowOf(handle))?.status).toBe(status);
      },
      broken(name),
    );
  });

  it('answers a late acknowledgement with whose it is', async () => {
    await raise(await alertOf('flaky-3-'), async (handle) => {
      await acknowledge(handle);
      const late = decide(handle, { ...hedy, by: 'grace', gate: 'acknowledge', vote: 'approve' });
      await late.then(
        (answer) => expect(answer).toMatchObject({ status: 'alreadyDecided', by: ['hedy'] }),
        (error: unknown) => expect(String(error)).toMatch(/not found|completed|NotFound/i),
      );
      expect(await result(handle)).toMatchObject({ owner: 'user:hedy' });
    });
  });

  it('withdraws the incident when its run is cancelled', async () => {
    await raise(await alertOf('api-'), async (handle) => {
      await untilOpen(handle, 'acknowledge');
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await rowOf(handle)).toMatchObject({ status: 'withdrawn' });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
