/** Activities on proposals: from a client's request to a document. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import type { Directory } from '../services/directory.ts';
import type { FileStore } from '../services/files.ts';
import type { Mailer } from '../services/mail.ts';
import { fromCents } from '../services/money.ts';
import { renderPage } from '../services/pages.ts';
import * as rules from '../services/proposal-rules.ts';
import * as store from '../services/proposal-store.ts';
import type { Coverage } from '../services/proposal-quality.ts';

export type { ProposalRequest, Review } from '../services/proposal-rules.ts';
type ProposalRequest = rules.ProposalRequest;

/** What kind of work a request is, why, and what it costs. */
export interface Assessment extends rules.Estimate {
  readonly complexity: 'simple' | 'complex';
  readonly reasons: readonly string[];
  /** The price as the proposal says it, like `48000.00 EUR`. */
  readonly price: string;
}

/** What is to be done with a finished proposal, in order. */
export interface ProposalPlan {
  readonly actions: readonly ProposalAction[];
  readonly milestones: readonly store.Milestone[];
}
type ProposalAction = 'record' | 'render' | 'schedule' | 'send';

/** A finished proposal. */
export interface FinishedProposal {
  readonly request: ProposalRequest;
  readonly assessment: Assessment;
  readonly text: string;
}

export interface ProposalServices {
  readonly db: Database;
  readonly files: FileStore;
  readonly mail: Mailer;
  readonly directory: Directory;
}

export interface ProposalActivities {
  assessProposal(request: ProposalRequest): Promise<Assessment>;
  reviewTechnically(request: ProposalRequest): Promise<rules.Review>;
  reviewCommercially(request: ProposalRequest): Promise<rules.Review>;
  reviewCompliance(request: ProposalRequest): Promise<rules.Review>;
  /** What a text leaves open of what must be said. */
  checkCoverage(proposal: FinishedProposal): Promise<Coverage>;
  planProposal(request: ProposalRequest, assessment: Assessment): Promise<ProposalPlan>;
  recordProposal(key: string, proposal: FinishedProposal): Promise<{ readonly number: string }>;
  /** Takes a proposal back; fine if it never was recorded. */
  withdrawProposal(key: string): Promise<void>;
  /** Makes the document and gives its hash in the file store. */
  renderProposal(number: string, proposal: FinishedProposal): Promise<{ readonly document: string }>;
  scheduleMilestones(key: string, number: string, milestones: readonly store.Milestone[]): Promise<void>;
  /** Takes milestones back; fine if they never were there. */
  unscheduleMilestones(key: string, number: string): Promise<void>;
  /** Hands the document to whoever asked for it; once for each key. */
  sendProposal(key: string, number: string, to: readonly string[]): Promise<void>;
  /** What does not stand as it should after everything was done. */
  verifyProposal(number: string, proposal: FinishedProposal, plan: ProposalPlan): Promise<readonly string[]>;
}

export function createProposalActivities(services: ProposalServices): ProposalActivities {
  return { ...judging(), ...acting(services) };
}

function judging() {
  return {
    async assessProposal(request: ProposalRequest): Promise<Assessment> {
      const { points, reasons } = rules.complexityOf(request);
      const estimate = rules.estimateOf(request);
      const price = `${fromCents(estimate.priceCents)} ${request.currency}`;
      return { ...estimate, price, complexity: points >= 3 ? 'complex' : 'simple', reasons };
    },
    reviewTechnically: async (request: ProposalRequest) => rules.technicalReview(request),
    reviewCommercially: async (request: ProposalRequest) => rules.businessReview(request),
    reviewCompliance: async (request: ProposalRequest) => rules.complianceReview(request),
    async checkCoverage({ text, request, assessment }: FinishedProposal): Promise<Coverage> {
      // Loaded with the first proposal: the language model would take a third of the worker's start-up time.
      const { coverageOf } = await import('../services/proposal-quality.ts');
      return coverageOf(text, request, assessment, assessment.price);
    },
    async planProposal(request: ProposalRequest, { complexity, weeks }: Assessment): Promise<ProposalPlan> {
      if (complexity === 'simple') return { actions: ['record', 'render', 'send'], milestones: [] };
      const parts = request.requirements.map((requirement, index, all) => {
        return { name: rules.bare(requirement), week: Math.max(1, Math.ceil((weeks * (index + 1)) / all.length)) };
      });
      const milestones = [...parts, { name: 'Acceptance', week: weeks + 1 }];
      return { actions: ['record', 'render', 'schedule', 'send'], milestones };
    },
  };
}

function acting({ db, files, mail, directory }: ProposalServices) {
  return {
    async recordProposal(key: string, { request, assessment }: FinishedProposal) {
      const { client, title, currency } = request;
      const { priceCents, weeks } = assessment;
      return store.insertProposal(db, key, { client, title, priceCents, currency, weeks });
    },
    withdrawProposal: (key: string) => store.withdrawProposal(db, key),
    async renderProposal(number: string, { request, text }: FinishedProposal) {
      const page = await renderPage({ title: request.title, text, note: `${number}, for ${request.client}` });
      const document = await files.put(new TextEncoder().encode(page));
      await store.setDocument(db, number, document);
      return { document };
    },
    async scheduleMilestones(key: string, number: string, milestones: readonly store.Milestone[]) {
      await store.insertMilestones(db, key, number, milestones);
    },
    unscheduleMilestones: (key: string, number: string) => store.deleteMilestones(db, key, number),
    async sendProposal(key: string, number: string, who: readonly string[]) {
      const signal = cancellationSignal();
      const proposal = await store.findProposal(db, number);
      const to = directory.addressesOf(who);
      if (to.length > 0 && proposal?.document) {
        const content = await files.get(proposal.document);
        const text = `The proposal ${number} for ${proposal.client} is ready; it goes with this mail.`;
        const attachments = [{ filename: `${number}.html`, content, contentType: 'text/html' }];
        await mail.send({ to, subject: `Proposal ${number}: ${proposal.title}`, text, attachments, key }, signal);
      }
      await store.markSent(db, number);
    },
    async verifyProposal(number: string, { text, assessment }: FinishedProposal, { milestones }: ProposalPlan) {
      const proposal = await store.findProposal(db, number);
      if (!proposal) return [`${number}: not on record`];
      const page = proposal.document === null ? '' : new TextDecoder().decode(await files.get(proposal.document));
      return [
        ...(proposal.status === 'sent' ? [] : [`${number} was not sent`]),
        ...(Number(proposal.price_cents) === assessment.priceCents ? [] : [`${number}: the price on record differs`]),
        ...(page.includes(number) ? [] : [`${number}: the document does not carry its number`]),
        ...(text.includes(assessment.price) ? [] : [`${number}: the text does not say the price ${assessment.price}`]),
        ...(proposal.milestones === milestones.length ? [] : [`${number}: milestones are missing`]),
      ];
    },
  };
}
