/** The rules of a ballot on a clock of the test's own: what a time-skipping server cannot hit to the millisecond. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Decision, DecisionAnswer } from '../../../src/workflows/patterns/gate-messages.ts';
import { Ballot } from '../../../src/workflows/patterns/gate-votes.ts';

const due = 1_000;
const boss = { roles: ['boss'] };
const ada: Decision = { vote: 'approve', by: 'ada', ...boss };
const bob: Decision = { vote: 'approve', by: 'bob', ...boss };
const editable = z.object({ amount: z.string().trim() });

type Rules = ConstructorParameters<typeof Ballot>[0];

function ballot(rules: Partial<Rules> = {}): {
  readonly vote: (sent: unknown, now?: number) => DecisionAnswer;
  readonly it: Ballot;
} {
  const it = new Ballot({ name: 'pay', subject: { amount: '5' }, approvers: ['role:boss'], ...rules }, 0, due);
  return { it, vote: (sent, now = 1) => it.vote(sent as Record<keyof Decision, unknown>, now) };
}

describe('the end of a ballot', () => {
  it('lets a vote of the last millisecond count', () => {
    expect(ballot().vote(ada, due - 1)).toMatchObject({ status: 'accepted', outcome: 'approved' });
  });

  it('refuses a vote exactly at the deadline, and keeps it in the audit', () => {
    const { vote, it } = ballot();
    expect(vote(ada, due)).toMatchObject({ status: 'alreadyDecided', outcome: 'expired', by: [] });
    expect(it.state).toBe('expired');
    expect(it.view().audit.at(-1)).toMatchObject({ by: 'ada', what: 'approve: alreadyDecided' });
  });

  it('gives the same answer to the same vote after the decision', () => {
    const { vote } = ballot();
    const first = vote(ada);
    expect(vote(ada, due + 5)).toEqual(first);
  });
});

describe('what a ballot keeps', () => {
  const no = { vote: 'reject', by: 'ada', ...boss };
  const heard = (it: Ballot): string[] => it.view().audit.map(({ by, what }) => `${by} ${what}`);

  it('is of each vote who gave it, when, and what was said with it', () => {
    const { vote, it } = ballot({ quorum: 3 });
    vote(ada);
    vote({ ...bob, comment: 'fine' });
    expect(it.view().votes).toStrictEqual([
      { by: 'ada', vote: 'approve', at: '1970-01-01T00:00:00.001Z' },
      { by: 'bob', vote: 'approve', at: '1970-01-01T00:00:00.001Z', comment: 'fine' },
    ]);
  });

  it.each([
    [{ ...no, reason: 'too dear' }, 'too dear'],
    [{ ...no, comment: 'not now' }, 'not now'],
    [{ ...no, reason: 'too dear', comment: 'not now' }, 'too dear'],
    [{ ...ada, reason: 'cheap' }, ''],
  ])('is why it was rejected: %j', (sent, reason) => {
    const { vote, it } = ballot();
    expect(vote(sent)).toMatchObject({ votes: 1, quorum: 1 });
    expect(it.save().reason).toBe(reason);
  });

  it('is in the audit in the order of what happened', () => {
    const { vote, it } = ballot({ quorum: 2 });
    it.escalate(['role:chief', 'role:boss'], 2);
    vote({ ...ada, comment: 'fine' }, 3);
    vote({ ...no, by: 'bob', roles: [], reason: 'no' }, 4);
    it.expire(5, 'nobody decided in time');
    it.expire(6, 'once more');
    expect(heard(it)).toEqual([
      'fermata opened for role:boss',
      'fermata escalated to role:chief, role:boss',
      'ada approve: counted (fine)',
      'bob reject: bob may not decide this; it takes role:boss or role:chief (no)',
      'fermata closed: nobody decided in time',
    ]);
  });

  it('is cut where somebody says too much', () => {
    const { vote, it } = ballot({ quorum: 2 });
    vote({ ...ada, comment: 'x'.repeat(4_000) });
    vote({ ...ada, by: 'y'.repeat(1_000) });
    expect(it.view().audit.slice(1)).toMatchObject([
      { by: 'ada', what: `approve: counted (${'x'.repeat(482)}` },
      { by: 'y'.repeat(200), what: 'approve: by: expected the name of the person who decides' },
    ]);
  });
});

describe('a quorum of rejections', () => {
  it('rejects only when enough persons reject, and approves when enough approve before', () => {
    const { vote, it } = ballot({ quorum: 2, rejections: { quorum: 2 } });
    const no = { vote: 'reject', reason: 'too dear', ...boss };
    expect(vote({ ...no, by: 'ada' })).toMatchObject({ outcome: 'waiting', votes: 1, quorum: 2 });
    expect(vote({ ...no, by: 'ada' })).toMatchObject({ outcome: 'waiting', votes: 1 });
    expect(vote(bob)).toMatchObject({ outcome: 'waiting', votes: 1 });
    expect(vote({ ...no, by: 'eve' })).toMatchObject({ outcome: 'rejected', votes: 2 });
    expect(it.deciders()).toEqual(['ada', 'eve']);
  });
});

describe('a change of the subject', () => {
  const hashOf = (it: Ballot): string => it.view().subjectHash;

  it('makes a new version: votes for the earlier one no longer count', () => {
    const { vote, it } = ballot({ quorum: 2, editable });
    const first = hashOf(it);
    vote(ada);
    expect(vote({ ...bob, edited: { amount: '7' } })).toMatchObject({ outcome: 'waiting', votes: 1 });
    expect(hashOf(it)).not.toBe(first);
    expect(it.view()).toMatchObject({ edited: { amount: '7' }, votes: [{ by: 'bob' }] });
    expect(it.view().audit.map(({ what }) => what)).toContain('changed the subject; 1 earlier votes no longer count');
  });

  it('takes votes for the new version only from those who name it', () => {
    const { vote, it } = ballot({ quorum: 2, editable });
    const first = hashOf(it);
    vote({ ...bob, edited: { amount: '7' } });
    expect(vote(ada)).toMatchObject({ code: 'subjectChanged' });
    expect(vote({ ...ada, subjectHash: first })).toMatchObject({ code: 'subjectChanged' });
    expect(vote({ ...ada, edited: { amount: '9' }, subjectHash: first })).toMatchObject({ code: 'subjectChanged' });
    expect(vote({ ...ada, subjectHash: hashOf(it) })).toMatchObject({ outcome: 'approved', votes: 2 });
    expect(it.edited()).toEqual({ amount: '7' });
  });

  it('lets somebody who has voted change it later, which makes a new version', () => {
    const { vote, it } = ballot({ quorum: 2, editable });
    vote(ada);
    expect(vote({ ...ada, edited: { amount: '7' } })).toMatchObject({ outcome: 'waiting', votes: 1 });
    expect(it.edited()).toEqual({ amount: '7' });
    expect(it.view().audit.map(({ what }) => what)).toContain('changed the subject; 1 earlier votes no longer count');
  });

  it('drops no votes where there were none', () => {
    const { vote, it } = ballot({ quorum: 2, editable });
    vote({ ...ada, edited: { amount: '7' } });
    expect(
      it
        .view()
        .audit.map(({ what }) => what)
        .slice(1),
    ).toEqual(['approve with changes: counted']);
  });

  it('is refused with what is wrong with the change, in one line', () => {
    const { vote } = ballot({ editable: z.object({ amount: z.string(), to: z.object({ name: z.string() }) }) });
    expect(vote({ ...ada, edited: { amount: 7, to: {} } })).toMatchObject({
      reason:
        'edited: amount: Invalid input: expected string, received number; ' +
        'to.name: Invalid input: expected string, received undefined',
    });
    const plain = { safeParse: () => ({ success: false, error: new Error('never') }) as const };
    expect(ballot({ editable: plain }).vote({ ...ada, edited: 1 })).toMatchObject({ reason: 'edited: never' });
  });

  it('counts the same change sent by another person as a vote for it', () => {
    const { vote, it } = ballot({ quorum: 2, editable });
    vote({ ...bob, edited: { amount: '7' } });
    expect(vote({ ...bob, edited: { amount: '7' } })).toMatchObject({ votes: 1 });
    expect(vote({ ...ada, edited: { amount: '7' } })).toMatchObject({ outcome: 'approved' });
    expect(it.deciders()).toEqual(['bob', 'ada']);
  });

  it('gives what the schema made of it', () => {
    const { vote, it } = ballot({ editable });
    vote({ ...ada, edited: { amount: ' 7 ', more: true } });
    expect(it.edited()).toEqual({ amount: '7' });
  });
});

describe('a vote that is handed over', () => {
  const handOver: Decision = { vote: 'delegate', by: 'ada', to: 'carl', ...boss };
  const carl: Decision = { vote: 'approve', by: 'carl' };

  it('lets the other person vote, once, and says for whom', () => {
    const { vote, it } = ballot({ quorum: 2 });
    expect(vote(carl)).toMatchObject({ code: 'notAllowed' });
    expect(vote(handOver)).toMatchObject({ status: 'accepted', outcome: 'waiting', votes: 0 });
    expect(vote(handOver)).toMatchObject({ status: 'accepted', votes: 0 });
    expect(vote(carl)).toMatchObject({ outcome: 'waiting', votes: 1 });
    expect(vote(ada)).toMatchObject({ code: 'handedOver', reason: 'carl has voted for ada' });
    expect(vote({ ...handOver, to: 'dora' })).toMatchObject({ code: 'handedOver' });
    expect(vote(bob)).toMatchObject({ outcome: 'approved' });
    expect(it.view()).toMatchObject({ votes: [{ by: 'carl', for: 'ada' }, { by: 'bob' }] });
    expect(it.view().audit.map(({ by, what }) => `${by} ${what}`)).toEqual(
      expect.arrayContaining(['ada delegate: handed over to carl', 'carl approve: counted for ada']),
    );
  });

  it('goes to the last one it was handed to', () => {
    const { vote, it } = ballot({ quorum: 2 });
    vote(handOver);
    vote({ ...handOver, by: 'bob', to: 'fred' });
    vote({ ...handOver, to: 'dora' });
    expect(it.view().delegations).toEqual([
      { by: 'bob', to: 'fred' },
      { by: 'ada', to: 'dora' },
    ]);
    expect(vote(carl)).toMatchObject({ code: 'notAllowed' });
  });

  it('comes back when its owner votes before the other person', () => {
    const { vote, it } = ballot({ quorum: 2 });
    vote(handOver);
    expect(vote(ada)).toMatchObject({ status: 'accepted', votes: 1 });
    expect(vote(carl)).toMatchObject({ code: 'notAllowed' });
    expect(it.view().delegations).toBeUndefined();
  });

  it.each([
    ['to the requester', { ...handOver, to: 'eve' }, 'ownRequest'],
    ['by the requester', { ...handOver, by: 'eve' }, 'ownRequest'],
    ['by somebody who has none', { ...handOver, roles: [] }, 'notAllowed'],
    ['to oneself', { ...handOver, to: 'ada' }, 'badShape'],
    ['to nobody', { ...handOver, to: undefined }, 'badShape'],
    ['to somebody who has a vote', { ...handOver, to: 'chief' }, 'notAllowed'],
    ['to somebody who has voted', { ...handOver, to: 'bob' }, 'notAllowed'],
    ['after voting', { ...handOver, by: 'bob' }, 'otherVote'],
  ])('is refused %s', (_, sent, code) => {
    const { vote } = ballot({ quorum: 3, requester: 'eve', approvers: ['role:boss', 'user:chief'] });
    vote(bob);
    expect(vote(sent)).toMatchObject({ status: 'refused', code });
  });

  it('cannot be handed on, nor can one person collect several', () => {
    const { vote } = ballot({ quorum: 2 });
    vote(handOver);
    expect(vote({ vote: 'delegate', by: 'carl', to: 'dora' })).toMatchObject({ code: 'notAllowed' });
    expect(vote({ ...handOver, by: 'bob' })).toMatchObject({
      code: 'notAllowed',
      reason: 'carl votes for ada already',
    });
  });

  it('is not a way round the ban on the requester', () => {
    const { vote } = ballot({ requester: 'carl' });
    expect(vote({ ...handOver, to: 'carl' })).toMatchObject({ code: 'ownRequest' });
    expect(vote(carl)).toMatchObject({ code: 'ownRequest' });
  });
});

describe('a message that makes no sense', () => {
  it.each([
    ['roles that are no list', { ...ada, roles: 'boss' }],
    ['roles that are no names', { ...ada, roles: [{ toString: 1 }] }],
    ['a comment that is no text', { ...ada, comment: { toString: null } }],
    ['a comment without end', { ...ada, comment: 'x'.repeat(5_000) }],
    ['a name without end', { ...ada, by: 'x'.repeat(1_000_000) }],
    ['a blank name', { ...ada, by: '  ' }],
    ['a vote that is an object', { ...ada, vote: { toString: 1 } }],
    ['a blank reason', { ...ada, vote: 'reject', reason: ' \n' }],
    ['changes with a rejection', { ...ada, vote: 'reject', reason: 'no', edited: { amount: '7' } }],
    ['a hash that is a number', { ...ada, subjectHash: 7 }],
  ])('is refused: %s', (_, sent) => {
    const { vote, it } = ballot({ editable });
    expect(vote(sent)).toMatchObject({ status: 'refused', code: 'badShape' });
    expect(it.state).toBe('open');
    expect(JSON.stringify(it.view().audit).length).toBeLessThan(2_000);
  });

  it('does not fill the audit when it comes without end', () => {
    const { vote, it } = ballot();
    for (let i = 0; i < 1_000; i += 1) vote({ by: 'mallory', vote: 'perhaps' });
    vote(ada);
    const { audit } = it.view();
    expect(audit.filter(({ by }) => by === 'mallory')).toHaveLength(200);
    expect(audit.filter(({ what }) => what === 'further refused votes are not kept')).toHaveLength(1);
    expect(audit.at(-1)).toMatchObject({ by: 'ada', what: 'approve: counted' });
  });

  it.each(['__proto__', 'constructor', 'toString'])('treats %s as a name like any other', (name) => {
    const { vote } = ballot({ quorum: 2, approvers: [`user:${name}`, 'role:boss'] });
    expect(vote({ vote: 'approve', by: name })).toMatchObject({ votes: 1 });
    expect(vote({ ...ada, by: 'valueOf', roles: [name] })).toMatchObject({ code: 'notAllowed' });
  });
});

describe('a ballot that goes on in another run', () => {
  it('keeps votes, changes, delegations and audit', () => {
    const { vote, it } = ballot({ quorum: 2, editable });
    vote({ ...bob, edited: { amount: '7' } });
    vote({ vote: 'delegate', by: 'ada', to: 'carl', ...boss });
    const saved = JSON.parse(JSON.stringify(it.save())) as ReturnType<Ballot['save']>;
    const rules = { name: 'pay', subject: { amount: '5' }, approvers: ['role:boss'], quorum: 2, editable };
    const next = new Ballot(rules, 0, due, saved);
    expect(next.view()).toEqual(it.view());
    const carl = { vote: 'approve', by: 'carl', subjectHash: next.view().subjectHash };
    expect(next.vote(carl as Record<keyof Decision, unknown>, 2)).toMatchObject({ outcome: 'approved' });
    expect(next.edited()).toEqual({ amount: '7' });
  });
});
