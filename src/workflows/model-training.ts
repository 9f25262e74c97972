import { proxyActivities, sleep } from '@temporalio/workflow';
import type { NotifyActivities } from '../activities/notify.ts';
import type {
  Evaluation,
  Examples,
  Hyperparameters,
  TrainingActivities,
  TrainingOrder,
} from '../activities/training.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { approvalGate, type GateDecision } from './patterns/approval-gate.ts';
import { iterate } from './patterns/iterate.ts';
import { map } from './patterns/map.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';

/** What a training gave: the figures of what served before (`null`: nothing did) and of the new model. */
interface Trained {
  readonly task: string;
  readonly version: number;
  readonly settings: Hyperparameters;
  readonly counts: Examples['counts'];
  readonly before: Evaluation | null;
  readonly after: Evaluation;
}

/** What became of the new model. `kept`: what serves now is at least as good; `overtaken`: another was deployed meanwhile. */
export type TrainingResult = Trained &
  (
    | { readonly status: 'kept' | 'expired' | 'overtaken' }
    | { readonly status: 'rejected'; readonly by: string; readonly reason: string }
    | { readonly status: 'deployed'; readonly by: readonly string[] }
    | { readonly status: 'rolledBack'; readonly by: readonly string[]; readonly reason: string }
  );

/** Automatic answers may be wrong this often, or as often as before if that is more. */
const toleratedWrong = 0.02;
const canary = { checks: 3, apart: '10 minutes' } as const;

const training = proxyActivities<TrainingActivities>({ ...ordinary, startToCloseTimeout: '30 minutes' });
const deploying = proxyActivities<TrainingActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Trains a classifier, and lets it serve if it is better, an engineer agrees, and it proves itself. */
export async function modelTraining(order: TrainingOrder): Promise<TrainingResult> {
  const { task } = order;
  const examples = await stage('prepare', () => training.prepareExamples(order));
  const settings = await stage('search', () => search(examples));
  const candidate = await stage('train', () => training.trainCandidate(key('train'), task, examples, settings));
  const serving = await stage('evaluate', () => training.evaluateServing(task, examples.heldBack));
  const trained: Trained = {
    task,
    version: candidate.version,
    settings,
    counts: examples.counts,
    before: serving?.figures ?? null,
    after: candidate.figures,
  };
  if (!isBetter(trained)) return { ...trained, status: 'kept' };

  const decision = await askEngineer(trained, order.requester);
  const result =
    decision.status === 'approved'
      ? await deploy(trained, { by: decision.by, instead: serving?.version ?? null, canary: examples.canary })
      : outcomeOf(trained, decision);
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), letterAbout(result)), undefined));
  return result;
}

/** The settings that do best, on examples that are neither trained on nor held back. One that fails is out. */
async function search({ training: hash, space }: Examples): Promise<Hyperparameters> {
  const tried = await map(space, (settings) => training.tryHyperparameters(hash, settings), {
    maxConcurrency: 4,
    toleratedFailures: space.length - 1,
  });
  return tried.succeeded.reduce((best, next) => (next.value.accuracy > best.value.accuracy ? next : best)).item;
}

function isBetter({ before, after }: Trained): boolean {
  if (before === null) return true;
  return after.accuracy > before.accuracy && wrongShare(after) <= Math.max(toleratedWrong, wrongShare(before));
}

function wrongShare({ automatic, automaticWrong }: Evaluation): number {
  return automaticWrong / Math.max(1, automatic);
}

function askEngineer(trained: Trained, requester: string | undefined): Promise<GateDecision<never>> {
  return approvalGate({
    name: 'deployment',
    subject: trained,
    approvers: ['role:ml-engineer'],
    requester,
    timeout: '72 hours',
    remindEvery: '24 hours',
    notify: remind,
  }).decision();
}

interface Deployment {
  readonly by: readonly string[];
  /** The version that serves now; `null` is the built-in one. */
  readonly instead: number | null;
  /** What it is checked with. */
  readonly canary: string;
}

/** Lets the model serve; it is taken back if it is worse than the one before, or if the run is stopped meanwhile. */
function deploy(trained: Trained, deployment: Deployment): Promise<TrainingResult> {
  const { task, version } = trained;
  const { by, instead } = deployment;
  return saga<TrainingResult>(
    async (tx) => {
      const served = await tx.step(
        'deploy',
        () => deploying.deployModel(task, version, instead),
        () => deploying.rollBackModel(task, version),
      );
      if (served.status === 'overtaken') return { ...trained, status: 'overtaken' };
      const problem = await stage('canary', () => watch(trained, deployment));
      if (problem === null) return { ...trained, status: 'deployed', by };
      await tx.compensate();
      return { ...trained, status: 'rolledBack', by, reason: problem };
    },
    { alert: () => tellEngineers(trained) },
  );
}

/** The one thing that must not stay: a model that serves without having proved itself. */
function tellEngineers({ task, version }: Trained): Promise<void> {
  const subject = `Model ${task}, version ${String(version)}: could not be rolled back`;
  return mail.notify(key('alert'), { to: ['role:ml-engineer'], subject, text: 'See the registry, and roll it back.' });
}

/** Checks what serves three times, ten minutes apart; says what is wrong with it, or `null`. */
async function watch({ task, version }: Trained, { instead, canary: hash }: Deployment): Promise<string | null> {
  const before = await training.evaluateVersion(task, instead, hash);
  const checks = await iterate<{ readonly problem: string | null }>(
    { problem: null },
    async () => {
      await sleep(canary.apart);
      const now = await withFallback(() => training.evaluateServing(task, hash), null);
      return { problem: problemOf(now, version, before) };
    },
    { until: ({ problem }) => problem !== null, maxIterations: canary.checks },
  );
  return checks.state.problem;
}

type Serving = Awaited<ReturnType<TrainingActivities['evaluateServing']>>;

function problemOf(now: Serving, version: number, before: Evaluation | null): string | null {
  if (now === null) return 'it cannot answer';
  // Whoever deployed another one has seen to it.
  if (now.version !== version || before === null || now.figures.accuracy >= before.accuracy) return null;
  return `right for ${percent(now.figures)} of the canary examples, before ${percent(before)}`;
}

function outcomeOf(trained: Trained, decision: Exclude<GateDecision<never>, { status: 'approved' }>): TrainingResult {
  if (decision.status === 'expired') return { ...trained, status: 'expired' };
  return { ...trained, status: 'rejected', by: decision.by, reason: decision.reason };
}

function letterAbout(result: TrainingResult) {
  const { task, version, before, after, status } = result;
  const figures = `right for ${percent(after)} of ${String(after.examples)} examples`;
  const compared = before === null ? 'nothing served before' : `before ${percent(before)}`;
  const why = 'reason' in result ? ` Reason: ${result.reason}.` : '';
  return {
    to: ['role:ml-engineer'],
    subject: `Model ${task}, version ${String(version)}: ${status}`,
    text: `It is ${figures}; ${compared}.${why}`,
  };
}

function percent({ accuracy }: Evaluation): string {
  return `${(accuracy * 100).toFixed(1)} %`;
}
