import { proxyActivities } from '@temporalio/workflow';
import type { ModelActivities } from '../activities/models.ts';
import type {
  Assessment,
  FinishedProposal,
  ProposalActivities,
  ProposalPlan,
  ProposalRequest,
} from '../activities/proposals.ts';
import { ordinary, persistent } from './activity-options.ts';
import { costOf, type ModelCost } from './model-cost.ts';
import { budget, type Budget } from './patterns/budget.ts';
import { iterate, type IterateResult } from './patterns/iterate.ts';
import { parallel } from './patterns/parallel.ts';
import { route } from './patterns/route.ts';
import { saga, type SagaScope } from './patterns/saga.ts';
import { stage } from './patterns/stage.ts';
import { expertOpinion } from './proposal-experts.ts';
import { factsFor, templates, type Reviews } from './proposal-text.ts';

/** A request, and who in the house asks for the proposal. */
export interface ProposalInput extends ProposalRequest {
  /** User who gets the proposal. */
  readonly requester: string;
}

/** What became of a proposal. `incomplete`: it was made and sent, but `problems` says what does not stand as it should. */
export interface ProposalResult {
  readonly status: 'delivered' | 'incomplete';
  readonly number: string;
  /** Hash of the document in the file store. */
  readonly document: string;
  readonly price: string;
  readonly complexity: Assessment['complexity'];
  readonly reasons: readonly string[];
  /** 0 to 1; `null` on the fast path, which is not graded. */
  readonly quality: number | null;
  /** Why refining ended, after how many rounds; `null` on the fast path. */
  readonly refined: { readonly ended: IterateResult<unknown>['status']; readonly rounds: number } | null;
  readonly actions: ProposalPlan['actions'];
  readonly problems: readonly string[];
  readonly cost: ModelCost;
}

/** A text with its mark and what it leaves open. */
interface Draft {
  readonly text: string;
  readonly quality: number;
  readonly missing: readonly string[];
}

const enough = { quality: 0.9, rounds: 6, patience: 3, time: '15 minutes' } as const;

const proposals = proxyActivities<ProposalActivities>(ordinary);
const lasting = proxyActivities<ProposalActivities>(persistent);
const models = proxyActivities<ModelActivities>(ordinary);

/** Answers a client's request: what is simple at once from a template, what is complex after three reviews. */
export async function proposalGeneration(input: ProposalInput): Promise<ProposalResult> {
  const { requester, ...request } = input;
  const spend = budget({ usd: 2, tokens: 300_000 });
  const assessment = await stage('assess', () => proposals.assessProposal(request));
  const { text, quality, refined } = await route(assessment.complexity, {
    simple: () => stage('fast path', () => fromTemplate(request, assessment, spend)),
    complex: () => reviewedAndRefined(request, assessment, spend),
  });

  const plan = await stage('plan', () => proposals.planProposal(request, assessment));
  const proposal = { request, assessment, text };
  const { number, document } = await stage('execute', () => saga((tx) => execute(tx, plan, proposal, requester)));
  const problems = await stage('verify', () => lasting.verifyProposal(number, proposal, plan));

  const { price, complexity, reasons } = assessment;
  const status = problems.length === 0 ? 'delivered' : 'incomplete';
  const cost = costOf(spend);
  return {
    status,
    number,
    document,
    price,
    complexity,
    reasons,
    quality,
    refined,
    actions: plan.actions,
    problems,
    cost,
  };
}

interface Finished extends Pick<ProposalResult, 'quality' | 'refined'> {
  readonly text: string;
}

async function fromTemplate(request: ProposalRequest, assessment: Assessment, spend: Budget): Promise<Finished> {
  const text = await write(templates.simple, factsFor(request, assessment), spend);
  return { text, quality: null, refined: null };
}

async function reviewedAndRefined(request: ProposalRequest, assessment: Assessment, spend: Budget): Promise<Finished> {
  const reviews = await stage('review', () =>
    parallel({
      technical: () => expertOpinion('technical', request, () => proposals.reviewTechnically(request), spend),
      business: () => expertOpinion('business', request, () => proposals.reviewCommercially(request), spend),
      compliance: () => expertOpinion('compliance', request, () => proposals.reviewCompliance(request), spend),
    }),
  );
  const grade = (text: string): Promise<Draft> => graded({ request, assessment, text }, spend);
  const first = await stage('synthesize', () => synthesis(request, assessment, reviews, spend).then(grade));
  const { best, status, iterations } = await stage('refine', () =>
    iterate(first, async (draft) => grade(await closeGaps(draft, spend)), {
      until: ({ quality, missing }) =>
        (quality >= enough.quality && missing.length === 0) || spend.check() === 'exhausted',
      maxIterations: enough.rounds,
      deadline: enough.time,
      score: ({ quality }) => quality,
      patience: enough.patience,
    }),
  );
  return { text: best.text, quality: best.quality, refined: { ended: status, rounds: iterations } };
}

function synthesis(request: ProposalRequest, assessment: Assessment, reviews: Reviews, spend: Budget): Promise<string> {
  return write(templates.complex, factsFor(request, assessment, reviews), spend);
}

async function write(template: string, facts: Readonly<Record<string, string>>, spend: Budget): Promise<string> {
  const economize = spend.check() !== 'ok';
  const draft = await models.draftText({ purpose: 'a proposal to a client', facts, template, economize });
  return spend.charge(draft).value;
}

/** Up to three gaps a round. */
async function closeGaps({ text, missing }: Draft, spend: Budget): Promise<string> {
  const gaps = missing.slice(0, 3);
  if (gaps.length === 0) return text;
  const more = await write('{{gaps}}', { gaps: gaps.join('\n\n') }, spend);
  return text.includes('## Further points') ? `${text}\n\n${more}` : `${text}\n\n## Further points\n\n${more}`;
}

/** Saying all that must be said counts three times as much as saying it well. */
async function graded(proposal: FinishedProposal, spend: Budget): Promise<Draft> {
  const criteria = { readability: 'plain sentences', structure: 'headings and short paragraphs' };
  const { coverage, missing } = await proposals.checkCoverage(proposal);
  const { value } = spend.charge(await models.scoreText({ text: proposal.text, criteria }));
  return { text: proposal.text, missing, quality: Math.round(75 * coverage + 25 * value.score) / 100 };
}

/** The planned actions one after the other. What was sent stays sent; before that, a failure undoes all. */
async function execute(tx: SagaScope, plan: ProposalPlan, proposal: FinishedProposal, requester: string) {
  const made = { number: '', document: '' };
  for (const action of plan.actions) {
    await route(action, {
      record: async () => {
        const undo = (_: unknown, id: string) => lasting.withdrawProposal(id);
        Object.assign(made, await tx.step('record', (id) => proposals.recordProposal(id, proposal), undo));
      },
      render: async () => {
        Object.assign(made, await tx.step('render', () => proposals.renderProposal(made.number, proposal)));
      },
      schedule: async () => {
        const undo = (_: unknown, id: string) => lasting.unscheduleMilestones(id, made.number);
        await tx.step('schedule', (id) => proposals.scheduleMilestones(id, made.number, plan.milestones), undo);
      },
      send: async () => {
        tx.pivot();
        await tx.step('send', (id) => lasting.sendProposal(id, made.number, [`user:${requester}`]));
      },
    });
  }
  return made;
}
