import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../src/services/ticket-store.ts';
import type { TicketResult } from '../../src/workflows/support-ticket.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';

const from = 'maria.rossi@example.com';
const sure: Ticket = { from, subject: '', text: 'How do I activate my card?' };
const unsure: Ticket = { from, subject: '', text: 'My card does not work in the shop but it works online, sometimes' };
const strange: Ticket = { from, subject: 'A question', text: 'What is the meaning of life and everything?' };
const angry: Ticket = {
  from,
  subject: 'Fraud',
  text: 'My card was stolen and somebody is using it, this is terrible! Help me immediately!',
};

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const write = <T>(ticket: Ticket, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'supportTicket', ticket, work, faults);
const result = (handle: Handle): Promise<TicketResult> => handle.result() as Promise<TicketResult>;
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db
    .selectFrom('tickets')
    .select(['status', 'assignee', 'answered_by', 'answer', 'department', 'note'])
    .where('id', '=', `${workflowId}/open`)
    .executeTakeFirst();
const answersTo = async ({ workflowId }: Handle): Promise<number> =>
  (
    await harness.services.db
      .selectFrom('mail_outbox')
      .selectAll()
      .where('key', '=', `${workflowId}/open/answer`)
      .where('status', '=', 'sent')
      .execute()
  ).length;
const agent = { by: 'hedy', roles: ['agent'] };

describe('support-ticket', () => {
  it('answers at once what it is sure of, waits two days for a reply, and closes', async () => {
    await write(sure, async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'answered',
        by: 'policy',
        intent: 'activate_my_card',
        department: 'Cards and PINs',
        spent: { cost: { microUsd: 0 } },
      });
      expect((await result(handle)).confidence).toBeGreaterThanOrEqual(0.9);
      expect(await rowOf(handle)).toMatchObject({ status: 'closed', answered_by: 'policy' });
      expect(await answersTo(handle)).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('gives the ticket to an agent when the customer says that the answer did not help', async () => {
    await write(sure, async (handle) => {
      await handle.signal('customerReplied', 'The app does not offer it.');
      expect(await result(handle)).toMatchObject({
        status: 'assigned',
        assignee: 'hedy',
        reason: expect.stringContaining('The app does not offer it.'),
      });
      expect(await rowOf(handle)).toMatchObject({ status: 'assigned', assignee: 'hedy' });
      expect(await answersTo(handle)).toBe(1);
    });
  });

  it('takes a reply that is no text as a reply', async () => {
    await write(sure, async (handle) => {
      await handle.signal('customerReplied', { nonsense: true });
      expect(await result(handle)).toMatchObject({ status: 'assigned' });
    });
  });

  it('has an agent approve the answer where it is unsure, with the ticket in its department', async () => {
    await write(unsure, async (handle) => {
      const gate = await untilOpen(handle, 'answer');
      expect(gate.subject).toMatchObject({ ticket: unsure, department: expect.any(String) });
      expect(await rowOf(handle)).toMatchObject({ status: 'queued', department: expect.any(String) });
      expect(await answersTo(handle)).toBe(0);
      const edited = { answer: 'Please pay once with chip and PIN.' };
      await decide(handle, { ...agent, vote: 'approve', edited });
      expect(await result(handle)).toMatchObject({ status: 'answered', by: 'hedy', ...edited });
      expect(await rowOf(handle)).toMatchObject({ status: 'closed', answered_by: 'hedy', ...edited });
      expect(await answersTo(handle)).toBe(1);
    });
  });

  it('refuses an empty answer of an agent, and keeps the gate open', async () => {
    await write(unsure, async (handle) => {
      await untilOpen(handle);
      const answer = await decide(handle, { ...agent, vote: 'approve', edited: { answer: ' ' } });
      expect(answer).toMatchObject({ status: 'refused', code: 'badShape' });
      await decide(handle, { ...agent, vote: 'approve' });
      expect(await result(handle)).toMatchObject({ status: 'answered', by: 'hedy' });
    });
  });

  it('assigns the ticket, and sends nothing, when the agent refuses the answer', async () => {
    await write(unsure, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { ...agent, vote: 'reject', reason: 'he asks something else' });
      expect(await result(handle)).toMatchObject({
        status: 'assigned',
        reason: 'hedy refused the answer: he asks something else',
      });
      expect(await answersTo(handle)).toBe(0);
    });
  });

  it('gives a ticket that no agent decided about within a day to a lead', async () => {
    await write(unsure, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'assigned', assignee: 'joan' });
      expect(await rowOf(handle)).toMatchObject({ status: 'assigned', assignee: 'joan' });
    });
  });

  it('gives who is unhappy and cannot wait to a lead, and tells the lead', async () => {
    await write(angry, async (handle) => {
      expect(await result(handle)).toMatchObject({
        status: 'assigned',
        assignee: 'joan',
        sentiment: 'negative',
        reason: 'negative and urgent',
      });
      expect(await answersTo(handle)).toBe(0);
      const mails = await harness.services.db.selectFrom('mails').select('subject').execute();
      expect(mails.map(({ subject }) => subject)).toContain('Yours: Fraud');
    });
  });

  it('gives an agent what it does not understand', async () => {
    await write(strange, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'assigned', assignee: 'hedy' });
      expect(await answersTo(handle)).toBe(0);
    });
  });

  it.each(['readIntent', 'readSentiment'] as const)('leaves no ticket behind when %s does not work', async (name) => {
    await write(
      sure,
      async (handle) => {
        const ended = await result(handle);
        expect(ended.status).toBe(name === 'readIntent' ? 'assigned' : 'answered');
        expect((await rowOf(handle))?.status).toBe(name === 'readIntent' ? 'assigned' : 'closed');
      },
      broken(name),
    );
  });

  it('gives the ticket to an agent when the answer cannot be sent', async () => {
    await write({ ...sure, from: 'not an address' }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'assigned', reason: 'the answer could not be sent' });
      expect(await answersTo(handle)).toBe(0);
    });
  });

  it('answers once although mail fails at first', async () => {
    await write(
      sure,
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'answered' });
        expect(await answersTo(handle)).toBe(1);
      },
      broken('sendAnswer', 'dependency', 3),
    );
  });

  it('answers a late vote with what was decided', async () => {
    await write(unsure, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { ...agent, vote: 'approve' });
      const late = decide(handle, { ...agent, by: 'joan', vote: 'reject', reason: 'too late' });
      expect(await late).toMatchObject({ status: 'alreadyDecided', outcome: 'approved', by: ['hedy'] });
      expect(await result(handle)).toMatchObject({ status: 'answered', by: 'hedy' });
    });
  });

  it('gives the ticket to a lead when its run is cancelled while it waits', async () => {
    await write(unsure, async (handle) => {
      await untilOpen(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await rowOf(handle)).toMatchObject({ status: 'assigned', assignee: 'joan', note: 'its run was stopped' });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
