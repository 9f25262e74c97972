import { proxyActivities, sleep } from '@temporalio/workflow';
import type {
  Applicant,
  CheckKind,
  DueDiligenceActivities,
  Findings,
  Report,
  Risk,
} from '../activities/due-diligence.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { failure } from '../failures.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { parallel } from './patterns/parallel.ts';
import { poll } from './patterns/poll.ts';
import { retrying } from './patterns/retrying.ts';
import { route } from './patterns/route.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { withTimeout } from './patterns/with-timeout.ts';
import { remind } from './remind.ts';

/** What was decided about an applicant, on what grounds. `by`: the analysts, or `policy`. */
export type DueDiligenceResult = Grounds & Verdict;

type Verdict = { readonly audit: readonly AuditEntry[] } & (
  | { readonly status: 'approved'; readonly by: readonly string[] }
  | { readonly status: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly status: 'expired' }
);

interface Grounds {
  readonly risk: Risk;
  readonly findings: Findings;
  readonly timeSaved: TimeSaved;
}

/** What doing the checks at the same time saved, in seconds. `sequential`: the checks' own times, added up. */
interface TimeSaved {
  readonly sequential: number;
  readonly elapsed: number;
  readonly saved: number;
}

/** How each check is tried again, and how long it may take before the process goes on without it. */
const terms = {
  identity: { maxAttempts: 3, pause: '20 seconds', timeout: '20 minutes' },
  credit: { maxAttempts: 3, pause: '20 seconds', timeout: '20 minutes' },
  references: { maxAttempts: 2, pause: '1 minute', timeout: '30 minutes' },
  background: { maxAttempts: 3, pause: '20 seconds', timeout: '20 minutes' },
} as const;

const applicants = proxyActivities<DueDiligenceActivities>(ordinary);
const asking = proxyActivities<DueDiligenceActivities>(bestEffort);
const recording = proxyActivities<DueDiligenceActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);
const unavailable = { status: 'unavailable' } as const;

/** Finds out about an applicant from four sides at once; policy decides what is clear, an analyst what is not. */
export async function dueDiligence(applicant: Applicant): Promise<DueDiligenceResult> {
  const result = await saga<DueDiligenceResult>(async (tx) => {
    const id = key('assessment');
    await tx.step(
      'assessment',
      (own) => applicants.openAssessment(own, applicant),
      (_, own) => recording.withdrawAssessment(own),
    );
    const { findings, timeSaved } = await stage('checks', () => checkAll(applicant));
    const risk = await stage('risk', () => applicants.rateApplicant(findings));
    const verdict = await route(risk.level, {
      low: async () => ({ status: 'approved', by: ['policy'], audit: [] }) as const,
      medium: () => askAnalyst(applicant, risk, findings),
      high: async () => ({ status: 'rejected', by: 'policy', reason: reasonsOf(risk), audit: [] }) as const,
    });
    await stage('close', () => recording.closeAssessment(id, endingOf(risk, verdict)));
    return { risk, findings, timeSaved, ...verdict };
  });
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), letterAbout(applicant, result)), undefined));
  return result;
}

async function checkAll(applicant: Applicant): Promise<{ findings: Findings; timeSaved: TimeSaved }> {
  const start = Date.now();
  const { identity, credit, references, background } = await parallel({
    identity: () => timed(() => check('identity', applicant)),
    credit: () => timed(() => check('credit', applicant)),
    references: () => timed(() => check('references', applicant)),
    background: () =>
      timed(() =>
        parallel({
          records: () => check('background', applicant),
          sanctions: () => withFallback(() => applicants.screenApplicant(applicant), unavailable),
        }),
      ),
  });
  const elapsed = (Date.now() - start) / 1000;
  const sequential = [identity, credit, references, background].reduce((sum, { seconds }) => sum + seconds, 0);
  const { records, sanctions } = background.value;
  return {
    findings: {
      identity: identity.value,
      credit: credit.value,
      references: references.value,
      background: records,
      sanctions,
    },
    timeSaved: { sequential, elapsed, saved: sequential - elapsed },
  };
}

/** One vendor's check. What cannot be had in time, or not at all, is left open and counts as a risk. */
function check(kind: CheckKind, applicant: Applicant): Promise<Report | typeof unavailable> {
  const { maxAttempts, pause, timeout } = terms[kind];
  const orderedAt = Date.now();
  const attempt = async (): Promise<Report> => {
    const { order, turnaroundMs } = await asking.orderCheck(key(`order ${kind}`), kind, applicant);
    const left = turnaroundMs - (Date.now() - orderedAt);
    if (left > 0) await sleep(left);
    const probe = () => asking.collectCheck(kind, order, Date.now() - orderedAt);
    const wait = { every: '5 seconds', backoff: { coefficient: 1.5, maximum: '10 seconds' }, timeout } as const;
    const waited = await poll(probe, { ...wait, until: ({ status }) => status !== 'pending' });
    if (waited.status !== 'done' || waited.value.status === 'pending') {
      throw failure('transient', `${kind}: no report within ${timeout}`, { type: 'ReportOverdue' });
    }
    return waited.value;
  };
  const persistently = () => retrying(attempt, { maxAttempts, backoff: { initial: pause } });
  return withFallback(() => withTimeout(persistently, timeout), unavailable);
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = Date.now();
  const value = await work();
  return { value, seconds: (Date.now() - start) / 1000 };
}

/** An analyst has a day; after half of it compliance may decide as well. */
async function askAnalyst(applicant: Applicant, risk: Risk, findings: Findings): Promise<Verdict> {
  return approvalGate({
    name: 'analysis',
    subject: { applicant, risk, findings },
    approvers: ['role:analyst'],
    requester: applicant.requester,
    timeout: '24 hours',
    remindEvery: '8 hours',
    escalate: [{ after: '12 hours', approvers: ['role:compliance'] }],
    notify: remind,
  }).decision();
}

function reasonsOf({ reasons }: Risk): string {
  return reasons.map(({ why }) => why).join('; ');
}

function endingOf({ points, level }: Risk, verdict: Verdict): Parameters<DueDiligenceActivities['closeAssessment']>[1] {
  const by = 'by' in verdict ? [verdict.by].flat().join(', ') : null;
  return { status: verdict.status, points, level, by, reason: 'reason' in verdict ? verdict.reason : null };
}

/** Compliance hears of everybody who may be on the sanctions list. */
function letterAbout(applicant: Applicant, { status, risk }: DueDiligenceResult): Parameters<typeof mail.notify>[1] {
  const listed = risk.reasons.some(({ check }) => check === 'sanctions');
  const to = [
    ...(applicant.requester === undefined ? [] : [`user:${applicant.requester}`]),
    ...(listed ? ['role:compliance'] : []),
  ];
  const why = risk.reasons.length > 0 ? ` ${reasonsOf(risk)}.` : '';
  return {
    to,
    subject: `Due diligence ${status}: ${applicant.name}`,
    text: `${applicant.name} was ${status}; risk ${risk.level} (${String(risk.points)} points).${why}`,
  };
}
