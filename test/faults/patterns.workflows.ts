/** One small workflow a pattern, for the fault explorer. */
import { sleep } from '@temporalio/workflow';
import { approvalGate } from '../../src/workflows/patterns/approval-gate.ts';
import { parallel, type Join } from '../../src/workflows/patterns/parallel.ts';
import { route } from '../../src/workflows/patterns/route.ts';
import { saga } from '../../src/workflows/patterns/saga.ts';
import { key, stage } from '../../src/workflows/patterns/stage.ts';
import { book, booking } from './book.ts';

/** Two stages in a stage. */
export async function staged(): Promise<string[]> {
  return stage('outer', async () => [await stage('first', () => book('a')), await stage('second', () => book('b'))]);
}

/** Three branches, each later than the one before; with a join that decides early, `c` is at work when it loses. */
export async function joined(join: Join): Promise<unknown> {
  const decidesEarly = join !== 'all' && join !== 'settled';
  return parallel(
    {
      a: async () => [await book('a'), await book('a2')],
      b: async () => {
        await sleep('1 minute');
        return book('b');
      },
      c: () => (decidesEarly ? booking.bookSlowly(key('c')) : book('c')),
    },
    { join },
  );
}

/** Two branches in sequence and two at a time: what fails or is cancelled leaves no booking. */
export async function booked(): Promise<string> {
  return saga(async (tx) => {
    const step = (name: string): Promise<string> =>
      tx.step(
        name,
        (own) => booking.book(own),
        (_done, own) => booking.unbook(own),
      );
    await step('a');
    await parallel({ b: () => step('b'), c: () => step('c') });
    return step('d');
  });
}

/** After the pivot only forward: `b` fails and `a` stays. */
export async function pivoted(): Promise<string> {
  return saga(async (tx) => {
    await tx.step(
      'a',
      (own) => booking.book(own),
      (_done, own) => booking.unbook(own),
    );
    tx.pivot();
    return tx.step('b', (own) => booking.book(own));
  });
}

/** Books what two people approve. */
export async function approved(): Promise<string> {
  await book('before');
  const gate = approvalGate({
    name: 'release',
    subject: { amount: 5 },
    approvers: ['role:boss'],
    requester: 'eve',
    quorum: 2,
    timeout: '48 hours',
    remindEvery: '20 hours',
    escalate: [{ after: '30 hours', approvers: ['user:owner'] }],
    notify: (event) => book(`${event} ${new Date().toISOString()}`),
  });
  const decision = await gate.decision();
  if (decision.status === 'approved') await book('after');
  return decision.status;
}

/** A way for each of two keys, and one for the rest. */
export async function routed(to: string): Promise<string> {
  return route(to, { a: () => book('a'), b: () => book('b') }, { otherwise: (other) => book(`other ${other}`) });
}
