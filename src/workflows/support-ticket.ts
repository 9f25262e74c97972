import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { z } from 'zod';
import type { NotifyActivities } from '../activities/notify.ts';
import type { IntentReading, Sorting, Ticket, TicketActivities } from '../activities/tickets.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { customerReply, type CustomerReply } from './customer-reply.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import { budget, type Budget, type Spent } from './patterns/budget.ts';
import { parallel } from './patterns/parallel.ts';
import { byConfidence, route } from './patterns/route.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

/** What became of a ticket. `by`: the agent who approved the answer, or `policy`. */
export type TicketResult = Sorting & {
  /** How sure the intent is, 0 to 1. */
  readonly confidence: number;
  /** What the models took. */
  readonly spent: Spent;
} & Handled;

type Handled =
  | { readonly status: 'answered'; readonly by: string; readonly answer: string }
  | { readonly status: 'assigned'; readonly assignee: string; readonly reason: string };

/** A ticket on its way, and what is known about it. */
interface Case {
  readonly id: string;
  readonly ticket: Ticket;
  readonly intent: IntentReading;
  readonly sorting: Sorting;
  readonly spending: Budget;
}

const thresholds = { auto: 0.9, review: 0.5 };

const tickets = proxyActivities<TicketActivities>(ordinary);
const patient = proxyActivities<TicketActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Answers a customer: at once where it is sure, else with an agent. No ticket is left without an answer or a person. */
export async function supportTicket(ticket: Ticket): Promise<TicketResult> {
  const reply = customerReply();
  const spending = budget({ calls: 10 });
  return saga(
    async (tx) => {
      const { id } = await tx.step(
        'open',
        (id) => tickets.openTicket(id, ticket),
        (_, id) => patient.assignTicket(id, ticket, { role: 'agent-lead', note: 'its run was stopped' }),
      );
      const { intent, sorting } = await stage('read', () => understand(ticket, spending));
      const mine = { id, ticket, intent, sorting, spending };
      const handled = await route(wayOf(mine), {
        escalate: () => assign(mine, 'agent-lead', 'negative and urgent'),
        auto: () => send(mine, intent.answer, 'policy'),
        review: () => askAgent(mine),
        manual: () => assign(mine, 'agent', 'not understood well enough'),
      });
      tx.pivot();
      const ended = handled.status === 'answered' ? await followUp(mine, handled, reply) : handled;
      return { ...sorting, confidence: intent.confidence, ...ended, spent: spending.spent() };
    },
    { alert: tellLeads },
  );
}

/** A ticket that could not even be given to anybody is not lost. */
function tellLeads(): Promise<void> {
  const text = `It has no answer and nobody has it: ${workflowInfo().workflowId}.`;
  return mail.notify(key('alert'), { to: ['role:agent-lead'], subject: 'A ticket needs a hand', text });
}

/** Who is unhappy about what cannot wait gets a person, however sure the answer would be. */
function wayOf({ intent, sorting }: Case): 'escalate' | ReturnType<typeof byConfidence> {
  if (sorting.sentiment === 'negative' && intent.urgent) return 'escalate';
  return byConfidence(intent.confidence, thresholds);
}

async function understand(ticket: Ticket, spending: Budget): Promise<Pick<Case, 'intent' | 'sorting'>> {
  const { intent, mood } = await parallel({
    intent: () => withFallback(() => tickets.readIntent(ticket), unknownIntent),
    mood: () => withFallback(() => tickets.readSentiment(ticket), { ...nothing, sentiment: 'unknown' }),
  });
  for (const each of [intent, mood]) spending.charge(each);
  return {
    intent,
    sorting: { department: intent.department, intent: intent.intent, sentiment: mood.sentiment },
  };
}

const nothing = { usage: { inputTokens: 0, outputTokens: 0, calls: 0 }, cost: { microUsd: 0 } };
const unknownIntent = {
  ...nothing,
  intent: 'unknown',
  department: 'General',
  urgent: false,
  answer: '',
  confidence: 0,
};

/** The ticket waits in its department's queue until an agent has approved or changed the answer; for a day. */
async function askAgent(mine: Case): Promise<Handled> {
  const { id, ticket, intent, sorting, spending } = mine;
  await stage('queue', () => patient.queueTicket(id, sorting));
  const suggestion = await stage('suggest', () =>
    withFallback(() => tickets.suggestAnswer(ticket, intent.answer), { ...nothing, text: intent.answer }),
  );
  spending.charge(suggestion);
  const decision = await approvalGate<{ answer: string }>({
    name: 'answer',
    subject: { ticket, ...sorting, confidence: intent.confidence, answer: suggestion.text },
    approvers: ['role:agent'],
    timeout: '24 hours',
    remindEvery: '8 hours',
    escalate: [{ after: '12 hours', approvers: ['role:agent-lead'] }],
    editable: z.strictObject({ answer: z.string().trim().min(1).max(4_000) }),
    notify: remind,
  }).decision();
  switch (decision.status) {
    case 'approved':
      return send(mine, decision.edited?.answer ?? suggestion.text, decision.by.join(', '));
    case 'rejected':
      return assign(mine, 'agent', `${decision.by} refused the answer: ${decision.reason}`);
    case 'expired':
      return assign(mine, 'agent-lead', 'no agent decided within 24 hours');
  }
}

/** An answer that cannot be sent is a person's work. */
function send(mine: Case, answer: string, by: string): Promise<Handled> {
  const { id, ticket, sorting } = mine;
  return withFallback<Handled, Handled>(
    async () => {
      await stage('answer', () => tickets.sendAnswer(id, ticket, { text: answer, by, ...sorting }));
      return { status: 'answered', by, answer };
    },
    () => assign(mine, 'agent', 'the answer could not be sent'),
  );
}

/** Two days for the customer to say that it did not help; then the ticket is closed. */
async function followUp(mine: Case, answered: Handled, reply: CustomerReply): Promise<Handled> {
  const words = await stage('follow-up', async () => ({ said: (await reply.within('48 hours')) ?? null }));
  if (words.said !== null) return assign(mine, 'agent', `the customer replied: ${words.said}`);
  await stage('close', () => patient.closeTicket(mine.id));
  return answered;
}

async function assign({ id, ticket, sorting }: Case, role: 'agent' | 'agent-lead', reason: string): Promise<Handled> {
  const { assignee } = await stage('assign', () =>
    patient.assignTicket(id, ticket, { role, note: reason, ...sorting }),
  );
  const letter = {
    to: [`user:${assignee}`],
    subject: `Yours: ${ticket.subject}`,
    text: `${reason}.\n\n${ticket.text}`,
  };
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), letter), undefined));
  return { status: 'assigned', assignee, reason };
}
