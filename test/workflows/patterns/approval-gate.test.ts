import { setTimeout as pause } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Decision, DecisionAnswer, GateView } from '../../../src/workflows/patterns/gate-messages.ts';
import { leftOpen } from '../../support/history.ts';
import { failureOf, startPatternHarness, type PatternHarness } from '../../support/pattern-harness.ts';

type Handle = WorkflowHandleWithFirstExecutionRunId;

let harness: PatternHarness;
let mailed: string[] = [];
let mail: () => Promise<void>;
let onMail: () => void;

beforeAll(async () => {
  const notify = async (event: string): Promise<void> => {
    mailed.push(event);
    onMail();
    await mail();
  };
  harness = await startPatternHarness(new URL('./approval-gate.workflows.ts', import.meta.url), { notify });
});
afterAll(() => harness.stop());
beforeEach(() => {
  mailed = [];
  mail = async () => undefined;
  onMail = () => undefined;
});

/** Mail that never arrives: the activity goes on until it is cancelled. */
const stuckMail = (): Promise<void> => {
  const signal = cancellationSignal();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
};

/** Runs a worker that keeps no run in its cache, so that the next one finds their tasks. */
async function withWorker<T>(taskQueue: string, work: () => Promise<T>): Promise<T> {
  const { workflowsPath, interceptorModules } = harness.parts;
  const worker = await Worker.create({
    connection: harness.env.nativeConnection,
    taskQueue,
    workflowsPath,
    interceptors: { workflowModules: [...interceptorModules] },
    maxCachedWorkflows: 0,
  });
  return worker.runUntil(work);
}

async function hasFired(handle: Handle): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  return events?.some((event) => event.timerFiredEventAttributes) === true;
}

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

  it('decides at once while a notice is still on its way, cancels that one and sends none after', async () => {
    mail = stuckMail;
    const sent = new Promise<void>((resolve) => (onMail = resolve));
    // Time is not skipped while an activity runs, so this escalation comes at once.
    await gated({ remindEvery: '20 hours', escalate: [{ after: 1, approvers: ['role:chief'] }] }, async (handle) => {
      await sent;
      const carl = { vote: 'approve', by: 'carl', roles: ['chief'] };
      expect(await decide(handle, carl)).toMatchObject({ outcome: 'approved' });
      expect(await handle.result()).toMatchObject({ status: 'approved', by: ['carl'] });
      expect(mailed).toEqual(['escalation']);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('goes on waiting when a notice fails', async () => {
    mail = () => Promise.reject(new Error('no mail today'));
    await gated({ remindEvery: '30 hours' }, async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'expired' });
      expect(mailed).toEqual(['reminder', 'reminder']);
    });
  });

  it('has expired when a vote and the end reach it in the same task; the vote stays in the audit', async () => {
    const taskQueue = 'no-worker-at-the-end';
    const handle = await harness.env.client.workflow.start('gated', {
      workflowId: taskQueue,
      taskQueue,
      args: [options],
    });
    await withWorker(taskQueue, () => handle.query<GateView[]>('gates'));
    // The server's time stands still at the end of the gate: a task waits there, and nobody takes it.
    const sleeping = harness.env.sleep('49 hours');
    while (!(await hasFired(handle))) await pause(20);
    await handle.signal('decide', ada);
    await withWorker(taskQueue, async () => {
      const { status, audit } = (await handle.result()) as { status: string; audit: { by: string; what: string }[] };
      expect(status).toBe('expired');
      expect(audit).toContainEqual(expect.objectContaining({ by: 'ada', what: 'approve: alreadyDecided' }));
    });
    await sleeping;
  });

  it('keeps votes, end and reminders when the run continues as new', async () => {
    const changed = { quorum: 2, remindEvery: '20 hours', timeout: '48 hours' };
    await harness.run('renewed', [{ ...options, ...changed }], async (handle) => {
      const [before] = await handle.query<GateView[]>('gates');
      await harness.env.sleep('30 hours');
      expect(await decide(handle, ada)).toMatchObject({ outcome: 'waiting', votes: 1 });
      const current = harness.env.client.workflow.getHandle(handle.workflowId);
      await harness.env.sleep('1 hour');
      const [after] = await current.query<GateView[]>('gates');
      expect(after).toMatchObject({ openedAt: before!.openedAt, due: before!.due, votes: [{ by: 'ada' }] });
      expect(await handle.result()).toEqual({ generation: 2, status: 'expired' });
      expect(mailed).toEqual(['reminder', 'reminder']);
      const { closeTime } = await current.describe();
      expect(closeTime!.getTime() - Date.parse(before!.due)).toBeLessThan(60_000);
    });
  });

  it('refuses a vote that the process cannot judge, and goes on', async () => {
    await harness.run('fragile', [], async (handle) => {
      expect(await decide(handle, { ...ada, edited: 1 })).toMatchObject({ status: 'refused', code: 'badShape' });
      await handle.signal('decide', { ...ada, roles: 'boss' });
      expect(await decide(handle, { ...ada, gate: '__proto__' })).toMatchObject({ code: 'noGate' });
      expect(await decide(handle, { ...ada, gate: { toString: 1 } })).toMatchObject({ code: 'badShape' });
      await decide(handle, ada);
      expect(await handle.result()).toBe('approved');
    });
  });

  it.each([
    [{ timeout: 'soon' }, "gate 'release': expected a timeout above 0, got soon"],
    [{ remindEvery: 0 }, "gate 'release': expected remindEvery above 0, got 0"],
    [{ rejections: { quorum: 1.5 } }, "gate 'release': expected a quorum of rejections of at least 1, got 1.5"],
    [
      { escalate: [{ after: '1 hour', approvers: ['chief'] }] },
      "gate 'release': expected approvers as role:… or user:…, got 'chief'",
    ],
    [{ approvers: [] }, "gate 'release': expected at least one approver, got none"],
    [{ quorum: 0 }, "gate 'release': expected a quorum of at least 1, got 0"],
    [{ approvers: ['boss'] }, "gate 'release': expected approvers as role:… or user:…, got 'boss'"],
  ])('refuses %j at once', async (changed, message) => {
    await gated(changed, async (handle) => {
      expect(await failureOf(handle.result())).toBe(`BadArgument: ${message}`);
    });
  });
});
