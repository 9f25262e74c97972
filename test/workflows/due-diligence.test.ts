import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Applicant } from '../../src/activities/due-diligence.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { DueDiligenceResult } from '../../src/workflows/due-diligence.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { leftOpen } from '../support/history.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';

const clear: Applicant = {
  name: 'Highscore Hopper',
  documentNumber: 'C01X00T47',
  birthDate: '1982-03-23',
  country: 'DE',
  referees: ['David Hilbert', 'Felix Klein'],
  requester: 'katherine',
};
const doubtful: Applicant = { ...clear, name: 'Nofile Noether', referees: ['David Hilbert', 'A silent referee'] };
const minute = 60_000;
const kinds = ['identity', 'credit', 'references', 'background'] as const;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  for (const kind of kinds) await setBehaviour(harness.services.db, kind, { paceMs: 0, outageMs: 0 });
});

const assess = <T>(applicant: Applicant, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'dueDiligence', applicant, work, faults);
const result = (handle: Handle): Promise<DueDiligenceResult> => handle.result() as Promise<DueDiligenceResult>;
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db
    .selectFrom('assessments')
    .select(['status', 'level', 'decided_by'])
    .where('run_id', '=', `${workflowId}/assessment`)
    .executeTakeFirst();
const mailsAbout = async (text: string): Promise<number> =>
  (await harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${text}%`).execute()).length;

describe('due-diligence', () => {
  it('approves an applicant with nothing against them by policy, and tells who asked', async () => {
    await assess(clear, async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'approved',
        by: ['policy'],
        risk: { level: 'low', defaulted: [] },
      });
      expect(await rowOf(handle)).toMatchObject({ status: 'approved', level: 'low', decided_by: 'policy' });
      expect(await mailsAbout('Due diligence approved: Highscore Hopper')).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('takes as long as the slowest vendor, and says what that saved', async () => {
    const minutes = { identity: 12, credit: 12, references: 11, background: 10 };
    for (const kind of kinds) await setBehaviour(harness.services.db, kind, { paceMs: minutes[kind] * minute });
    await assess(clear, async (handle) => {
      const { timeSaved } = await result(handle);
      const { startTime, closeTime } = await handle.describe();
      expect((closeTime!.getTime() - startTime.getTime()) / minute).toBeLessThanOrEqual(12 * 1.02);
      expect(timeSaved.elapsed / 60).toBeGreaterThanOrEqual(12);
      expect(timeSaved.sequential / 60).toBeCloseTo(45, 0);
      expect(timeSaved.saved / 60).toBeCloseTo(33, 0);
    });
  });

  it('has an analyst decide a medium risk, and nobody else', async () => {
    await assess(doubtful, async (handle) => {
      await untilOpen(handle, 'analysis');
      const own = await decide(handle, { vote: 'approve', by: 'katherine', roles: ['analyst'] });
      expect(own).toMatchObject({ status: 'refused', code: 'ownRequest' });
      const stranger = await decide(handle, { vote: 'approve', by: 'hedy', roles: ['agent'] });
      expect(stranger.status).toBe('refused');
      await decide(handle, { vote: 'approve', by: 'florence', roles: ['analyst'] });
      expect(await result(handle)).toMatchObject({ status: 'approved', by: ['florence'], risk: { level: 'medium' } });
      expect(await rowOf(handle)).toMatchObject({ status: 'approved', decided_by: 'florence' });
    });
  });

  it('rejects when the analyst does, with the reason; a late vote changes nothing', async () => {
    await assess(doubtful, async (handle) => {
      await untilOpen(handle, 'analysis');
      await decide(handle, { vote: 'reject', by: 'florence', roles: ['analyst'], reason: 'too thin' });
      const late = decide(handle, { vote: 'approve', by: 'alan', roles: ['analyst'] });
      await late.then(
        (answer) => expect(answer).toMatchObject({ status: 'alreadyDecided', outcome: 'rejected' }),
        (error: unknown) => expect(String(error)).toMatch(/not found|completed|NotFound/i),
      );
      expect(await result(handle)).toMatchObject({ status: 'rejected', by: 'florence', reason: 'too thin' });
    });
  });

  it('expires after a day, with reminders and compliance asked after half of it', async () => {
    await assess(doubtful, async (handle) => {
      const ended = await result(handle);
      expect(ended.status).toBe('expired');
      expect(ended.audit.map(({ what }) => what)).toContain('escalated to role:compliance');
      expect(await mailsAbout('Still waiting: analysis')).toBeGreaterThanOrEqual(2);
      expect(await rowOf(handle)).toMatchObject({ status: 'expired', decided_by: null });
    });
  });

  it('rejects a high risk by policy', async () => {
    await assess({ ...clear, name: 'Lowscore Lovelace', documentNumber: 'X000' }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'rejected', by: 'policy', risk: { level: 'high' } });
      expect(await rowOf(handle)).toMatchObject({ status: 'rejected', level: 'high' });
    });
  });

  it.each([
    ['by name', 'Highscore Name', "Nidal al-Rabi'i", 'high'],
    ['by alias', 'Highscore Alias', 'Nidal Waked Hatoum', 'high'],
    ['by a spelling alike', 'Highscore Spelling', 'Nidal Ahmed Waked Hatumm', 'medium'],
  ] as const)('finds an applicant on the sanctions list %s', async (_, name, alias, level) => {
    await assess({ ...clear, name, alsoKnownAs: [alias] }, async (handle) => {
      if (level === 'medium') {
        await untilOpen(handle, 'analysis');
        await decide(handle, { vote: 'reject', by: 'florence', roles: ['analyst'], reason: 'listed' });
      }
      const { risk, findings, status } = await result(handle);
      expect({ status, level: risk.level }).toEqual({ status: 'rejected', level });
      expect(findings.sanctions).toMatchObject({
        status: 'screened',
        matches: expect.arrayContaining([expect.anything()]),
      });
      expect(await mailsAbout(name)).toBeGreaterThan(0);
    });
  });

  it('never approves by policy a name that cannot be looked up on the sanctions list', async () => {
    await assess({ ...clear, alsoKnownAs: ['Владимир'] }, async (handle) => {
      expect(await untilOpen(handle, 'analysis')).toMatchObject({ state: 'open' });
      await decide(handle, { vote: 'approve', by: 'florence', roles: ['analyst'] });
      expect(await result(handle)).toMatchObject({ risk: { defaulted: ['sanctions'] }, status: 'approved' });
    });
  });

  it.each(kinds)('goes on without the vendor for %s when it stays down: marked, and a higher risk', async (kind) => {
    await setBehaviour(harness.services.db, kind, { outageMs: 3_600_000 });
    await assess(clear, async (handle) => {
      await harness.env.sleep('10 minutes');
      await untilOpen(handle, 'analysis');
      await decide(handle, { vote: 'approve', by: 'florence', roles: ['analyst'] });
      const { risk, findings } = await result(handle);
      expect(risk).toMatchObject({ level: 'medium', defaulted: [kind] });
      expect(findings[kind]).toEqual({ status: 'unavailable' });
    });
  });

  it('goes on without a report that does not come in time', async () => {
    await setBehaviour(harness.services.db, 'references', { paceMs: 10 * 60 * minute });
    await assess(clear, async (handle) => {
      const { risk, timeSaved } = await result(handle);
      expect(risk.defaulted).toEqual(['references']);
      expect(timeSaved.elapsed).toBeCloseTo(30 * 60, -1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('asks a vendor again that fails at first, and defaults nothing', async () => {
    await assess(
      clear,
      async (handle) => expect(await result(handle)).toMatchObject({ status: 'approved', risk: { defaulted: [] } }),
      broken('orderCheck', 'dependency', 4),
    );
  });

  it('decides the same when no mail can be sent', async () => {
    await assess(
      clear,
      async (handle) => expect(await result(handle)).toMatchObject({ status: 'approved' }),
      broken('notify', 'dependency'),
    );
  });

  it('takes the assessment back when it is cancelled while an analyst is asked', async () => {
    await assess(doubtful, async (handle) => {
      await untilOpen(handle, 'analysis');
      expect(await rowOf(handle)).toMatchObject({ status: 'checking' });
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(await rowOf(handle)).toBeUndefined();
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
