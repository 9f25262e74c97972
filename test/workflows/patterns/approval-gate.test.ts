import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Decision, DecisionAnswer, GateView } from '../../../src/workflows/patterns/gate-messages.ts';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';

type Handle = WorkflowHandleWithFirstExecutionRunId;

let harness: PatternHarness;
let mailed: string[] = [];

beforeAll(async () => {
  const notify = async (event: string): Promise<void> => void mailed.push(event);
  harness = await startPatternHarness(new URL('./approval-gate.workflows.ts', import.meta.url), { notify });
});
afterAll(() => harness.stop());
beforeEach(() => {
  mailed = [];
});

const options = { name: 'release', subject: { amount: '5' }, approvers: ['role:boss'], timeout: '48 hours' };
const ada: Decision = { vote: 'approve', by: 'ada', roles: ['boss'] };

const decide = (handle: Handle, decision: unknown): Promise<DecisionAnswer> =>
  handle.executeUpdate<DecisionAnswer, [unknown]>('decide', { args: [decision] });

const gated = <T>(changed: object, work: (handle: Handle) => Promise<T>): Promise<T> =>
  harness.run('gated', [{ ...options, ...changed }], work);

describe('approvalGate', () => {
  it('answers an approval at once and returns who approved', async () => {
    await gated({}, async (handle) => {
      expect(await decide(handle, ada)).toEqual({
        status: 'accepted',
        gate: 'release',
        outcome: 'approved',
        votes: 1,
        quorum: 1,
      });
      expect(await handle.result()).toMatchObject({ status: 'approved', by: ['ada'] });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('takes a decision by plain signal', async () => {
    await gated({}, async (handle) => {
      await handle.signal('decide', { vote: 'reject', by: 'ada', roles: ['boss'], reason: 'too dear' });
      expect(await handle.result()).toMatchObject({ status: 'rejected', by: 'ada', reason: 'too dear' });
    });
  });

  it('survives a signal that makes no sense, and says so in the audit', async () => {
    await gated({}, async (handle) => {
      for (const nonsense of [null, 7, {}, { vote: 'perhaps', by: 'ada' }, { vote: 'approve', by: 5 }]) {
        await handle.signal('decide', nonsense);
      }
      await decide(handle, ada);
      const result = (await handle.result()) as { audit: { what: string }[] };
      expect(result.audit.filter((entry) => entry.what.includes('expected'))).toHaveLength(3);
    });
  });

  it.each([
    ['without the role', { ...ada, roles: ['clerk'] }, 'notAllowed'],
    ['of the requester', { ...ada, by: 'eve' }, 'ownRequest'],
    ['for another version of the subject', { ...ada, subjectHash: 'old' }, 'subjectChanged'],
    ['for an unknown gate', { ...ada, gate: 'other' }, 'noGate'],
    ['with changes of a wrong shape', { ...ada, edited: { amount: 'much' } }, 'badShape'],
    ['to reject without a reason', { ...ada, vote: 'reject' }, 'badShape'],
  ])('refuses a vote %s and goes on waiting', async (_, decision, code) => {
    await gated({ requester: 'eve' }, async (handle) => {
      expect(await decide(handle, decision)).toMatchObject({ status: 'refused', code });
      expect(await decide(handle, ada)).toMatchObject({ status: 'accepted' });
      expect(await handle.result()).toMatchObject({ status: 'approved' });
    });
  });

  it('counts persons, not votes: the same vote again changes nothing, another vote is refused', async () => {
    await gated({ quorum: 2 }, async (handle) => {
      const waiting = { status: 'accepted', outcome: 'waiting', votes: 1, quorum: 2 };
      expect(await decide(handle, ada)).toMatchObject(waiting);
      expect(await decide(handle, ada)).toMatchObject(waiting);
      expect(await decide(handle, { ...ada, vote: 'reject', reason: 'no' })).toMatchObject({ code: 'otherVote' });
      expect(await decide(handle, { ...ada, by: 'bob' })).toMatchObject({ outcome: 'approved', votes: 2 });
      expect(await handle.result()).toMatchObject({ status: 'approved', by: ['ada', 'bob'] });
    });
  });

  it('says in one line what is wrong with the changes', async () => {
    await gated({}, async (handle) => {
      const answer = await decide(handle, { ...ada, edited: { amount: 'much' } });
      expect(answer).toMatchObject({ reason: 'edited: amount: Invalid string: must match pattern /^\\d+$/' });
      await decide(handle, ada);
      await handle.result();
    });
  });

  it('returns the changes an approver made', async () => {
    await gated({}, async (handle) => {
      await decide(handle, { ...ada, edited: { amount: '7' } });
      expect(await handle.result()).toMatchObject({ status: 'approved', edited: { amount: '7' } });
    });
  });

  it('expires after its absolute deadline, with reminders and escalation on the way and none after', async () => {
    await gated(
      { remindEvery: '10 hours', escalate: [{ after: '24 hours', approvers: ['user:chief'] }] },
      async (handle) => {
        expect(await handle.result()).toMatchObject({ status: 'expired' });
        expect(mailed).toEqual(['reminder', 'reminder', 'escalation', 'reminder', 'reminder']);
        const { startTime, closeTime } = await handle.describe();
        expect((closeTime!.getTime() - startTime.getTime()) / 3_600_000).toBeCloseTo(48, 1);
      },
    );
  });

  it('lets those decide to whom it escalated, keeping the votes', async () => {
    await gated({ quorum: 2, escalate: [{ after: '24 hours', approvers: ['user:chief'] }] }, async (handle) => {
      await decide(handle, ada);
      expect(await decide(handle, { vote: 'approve', by: 'chief' })).toMatchObject({ code: 'notAllowed' });
      await harness.env.sleep('25 hours');
      expect(await decide(handle, { vote: 'approve', by: 'chief' })).toMatchObject({ outcome: 'approved', votes: 2 });
      await handle.result();
    });
  });

  it('publishes what waits as search attributes and clears them with the decision', async () => {
    await gated({}, async (handle) => {
      await handle.query<GateView[]>('gates');
      const open = (await handle.describe()).typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
      expect(Object.fromEntries(open)).toMatchObject({ FermataGates: ['gate:release', 'role:boss'] });
      await decide(handle, ada);
      await handle.result();
      expect((await handle.describe()).typedSearchAttributes.getAll()).toEqual([]);
    });
  });

  it('keeps several gates apart by name', async () => {
    await harness.run('twoGates', [], async (handle) => {
      expect(await decide(handle, ada)).toMatchObject({ status: 'refused', code: 'whichGate' });
      await decide(handle, { ...ada, gate: 'two', vote: 'reject', reason: 'no' });
      const late = await decide(handle, { ...ada, by: 'bob', gate: 'two' });
      expect(late).toMatchObject({ status: 'alreadyDecided', by: ['ada'] });
      await decide(handle, ada);
      expect(await handle.result()).toEqual(['approved', 'rejected']);
    });
  });

  it('ends as cancelled when the run is cancelled while it waits', async () => {
    await gated({}, async (handle) => {
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).typedSearchAttributes.getAll()).toEqual([]);
      expect((await leftOpen(handle)).timers).toEqual([]);
    });
  });

  it.each([
    [{ approvers: [] }, "gate 'release': expected at least one approver, got none"],
    [{ quorum: 0 }, "gate 'release': expected a quorum of at least 1, got 0"],
    [{ approvers: ['boss'] }, "gate 'release': expected approvers as role:… or user:…, got 'boss'"],
  ])('refuses %j at once', async (changed, message) => {
    await gated(changed, async (handle) => {
      expect(await failureOf(handle.result())).toBe(`BadArgument: ${message}`);
    });
  });
});
