/** Activities on support tickets. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import { failure } from '../failures.ts';
import type { ReadyAnswer } from '../services/answers.ts';
import type { Database } from '../services/database.ts';
import type { Directory } from '../services/directory.ts';
import type { Mailer } from '../services/mail.ts';
import type { ModelResult, Models } from '../services/models/types.ts';
import * as store from '../services/ticket-store.ts';

export type { Sorting, Ticket } from '../services/ticket-store.ts';
type Ticket = store.Ticket;
type Sorting = store.Sorting;

/** What a model took to answer. */
type Took = Pick<ModelResult<unknown>, 'confidence' | 'usage' | 'cost'>;

/** What the customer wants, and who is at home in it. */
export interface IntentReading extends Took {
  readonly intent: string;
  readonly department: string;
  /** By what it is about, or by the customer's words. */
  readonly urgent: boolean;
  /** The ready answer. */
  readonly answer: string;
}

interface SentimentReading extends Took {
  readonly sentiment: string;
}

export interface TicketServices {
  readonly db: Database;
  readonly mail: Mailer;
  readonly directory: Directory;
  readonly models: Models;
  readonly answers: ReadonlyMap<string, ReadyAnswer>;
}

export interface TicketActivities {
  openTicket(id: string, ticket: Ticket): Promise<{ readonly id: string }>;
  readIntent(ticket: Ticket): Promise<IntentReading>;
  readSentiment(ticket: Ticket): Promise<SentimentReading>;
  /** Lets the ticket wait for an agent. */
  queueTicket(id: string, sorting: Sorting): Promise<void>;
  /** Words an answer for this ticket from the ready one. */
  suggestAnswer(ticket: Ticket, ready: string): Promise<Took & { readonly text: string }>;
  /** Mails the answer, once for each ticket, and writes it down. */
  sendAnswer(id: string, ticket: Ticket, answer: Answer): Promise<void>;
  /** Gives the ticket to an agent, or to a lead, with the fewest; says to whom. One who has it keeps it. */
  assignTicket(id: string, ticket: Ticket, to: Assignment): Promise<{ readonly assignee: string }>;
  closeTicket(id: string): Promise<void>;
}

type Answer = { readonly text: string; readonly by: string } & Partial<Sorting>;
type Assignment = { readonly role: 'agent' | 'agent-lead'; readonly note: string } & Partial<Sorting>;

const pressing = /\b(?:urgent(?:ly)?|asap|immediately|emergency|right now|at once|stolen|fraud|scam(?:med)?|hacked)\b/i;
/** The shipped classifier learned from reviews of products, which are seldom angry. */
const upset =
  /\b(?:angry|furious|upset|awful|terrible|horrible|unacceptable|outrageous|ridiculous|worst|useless|disgust\w*|disappoint\w*|frustrat\w*|nightmare|scandal|fed up|a joke|what the hell|i hate)\b/i;
const sentiments = ['positive', 'neutral', 'negative'];

export function createTicketActivities(services: TicketServices): TicketActivities {
  const { db, mail, directory, models, answers } = services;
  return {
    async openTicket(id, ticket) {
      await store.insertTicket(db, id, ticket);
      return { id };
    },
    async readIntent(ticket) {
      const request = { task: 'intent', text: textOf(ticket), labels: [...answers.keys()] };
      const { value, ...took } = await models.classify(request, { signal: cancellationSignal() });
      const ready = answers.get(value.label);
      if (!ready) throw failure('logic', `there is no answer for '${value.label}'`, { type: 'NoAnswer' });
      const urgent = ready.urgent || pressing.test(textOf(ticket));
      return { intent: value.label, department: ready.department, urgent, answer: ready.text, ...taken(took) };
    },
    async readSentiment(ticket) {
      const request = { task: 'sentiment', text: textOf(ticket), labels: sentiments };
      const { value, ...took } = await models.classify(request, { signal: cancellationSignal() });
      return { sentiment: upset.test(textOf(ticket)) ? 'negative' : value.label, ...taken(took) };
    },
    queueTicket: (id, sorting) => store.queueTicket(db, id, sorting),
    async suggestAnswer(ticket, ready) {
      const request = {
        purpose: 'reply to a bank customer, who asks for help',
        facts: { question: textOf(ticket), answer: ready },
        template: '{{answer}}',
        tone: 'plain and friendly',
        maxWords: 200,
      };
      const { value, ...took } = await models.draft(request, { signal: cancellationSignal() });
      return { text: value, ...taken(took) };
    },
    async sendAnswer(id, ticket, answer) {
      const subject = `Re: ${ticket.subject === '' ? 'your question' : ticket.subject}`;
      const text = `Hello,\n\n${answer.text}\n\nDid this not help? Just reply.`;
      await mail.send({ to: ticket.from, subject, text, key: `${id}/answer` }, cancellationSignal());
      await store.answerTicket(db, id, answer);
    },
    async assignTicket(id, ticket, { role, ...to }) {
      const [first, ...others] = peopleWith(directory, role);
      if (first === undefined) {
        throw failure('logic', `nobody has the role ${role}: add it to a user`, { type: 'NobodyToAssign' });
      }
      return { assignee: await store.assignTicket(db, id, ticket, { ...to, people: [first, ...others] }) };
    },
    closeTicket: (id) => store.closeTicket(db, id),
  };
}

/** A house without leads gives it to an agent, and the other way round. */
function peopleWith(directory: Directory, role: string): string[] {
  const others = ['agent', 'agent-lead'].filter((each) => each !== role);
  const found = [role, ...others].map((each) =>
    directory.users.filter(({ roles }) => roles.includes(each)).map(({ name }) => name),
  );
  return found.find((names) => names.length > 0) ?? [];
}

function textOf({ subject, text }: Ticket): string {
  return subject === '' ? text : `${subject}. ${text}`;
}

function taken({ confidence, usage, cost }: Took): Took {
  return { confidence, usage, cost };
}
