import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Alert, IncidentActivities } from '../activities/incidents.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { notice, pageSomebody } from './page-somebody.ts';
import { budget, type Budget, type Spent } from './patterns/budget.ts';
import { iterate } from './patterns/iterate.ts';
import { parallel } from './patterns/parallel.ts';
import { poll } from './patterns/poll.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** What became of an incident. `owner`: `user:…`, or `role:on-call-lead` when nobody acknowledged. */
export type IncidentResult = {
  readonly area: string;
  /** Restarts that were tried. */
  readonly restarts: number;
  readonly report: string;
  /** What the models took. */
  readonly spent: Spent;
} & (
  | { readonly status: 'resolved'; readonly owner: string | null }
  | { readonly status: 'escalated'; readonly owner: string; readonly reason: string }
);

const maxRestarts = 3;
const lead = 'role:on-call-lead';

const incidents = proxyActivities<IncidentActivities>(ordinary);
const patient = proxyActivities<IncidentActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Calls whoever is on call, restarts what may be restarted until it is healthy, and hands over what is not. */
export async function incidentResponse(alert: Alert): Promise<IncidentResult> {
  const spending = budget({ calls: 10 });
  const result = await saga<IncidentResult>(
    async (tx) => {
      const { ticket, triage } = await parallel({
        ticket: () =>
          tx.step(
            'ticket',
            (id) => incidents.openIncident(id, alert),
            (_, id) => patient.withdrawIncident(id, alert),
          ),
        triage: () => stage('classify', () => withFallback(() => incidents.classifyIncident(alert), unknown)),
      });
      spending.charge(triage);
      const owner = await stage('page', async () => (await pageSomebody(alert, triage.onCall)) ?? null);
      if (owner !== null) await stage('own', () => incidents.ownIncident(ticket.id, owner));

      const repair = await stage('repair', () => (triage.restartable ? restart(alert.service) : notRestartable()));
      const healthy = repair.health === 'healthy';
      const outcome = healthy
        ? { status: 'resolved' as const, owner }
        : { status: 'escalated' as const, owner: owner ?? lead, reason: reasons[repair.health] };
      if (!healthy) await stage('escalate', () => notice(key('escalate'), lead, alert));

      const facts = { ...outcome, area: triage.area, restarts: repair.restarts };
      const report = await stage('post-mortem', () => postMortem(alert, facts, spending));
      await stage('close', () => patient.endIncident(ticket.id, { status: facts.status, owner: facts.owner, report }));
      return { ...facts, report, spent: spending.spent() };
    },
    { alert: () => tellLead(alert) },
  );
  await stage('tell', () => tell(alert, result));
  return result;
}

const nothing = { usage: { inputTokens: 0, outputTokens: 0, calls: 0 }, cost: { microUsd: 0 } };
const unknown = { ...nothing, area: 'other', restartable: false, onCall: 'role:on-call', confidence: 0 };

/** How a repair ended; `unreachable`: the infrastructure itself did not answer. */
interface Repair {
  readonly health: 'untried' | 'healthy' | 'down' | 'declined' | 'unreachable';
  readonly restarts: number;
}

const reasons = {
  untried: 'it may not be restarted automatically',
  down: `it is not healthy after ${String(maxRestarts)} restarts`,
  declined: 'the infrastructure refused to restart it',
  unreachable: 'the infrastructure does not answer',
} as const;

async function notRestartable(): Promise<Repair> {
  return { health: 'untried', restarts: 0 };
}

/** Restarts at most three times; each time it has two minutes to become healthy. */
async function restart(service: string): Promise<Repair> {
  const rounds = await iterate<Repair>(
    { health: 'untried', restarts: 0 },
    (_, round) => withFallback(() => restartOnce(service, round), { health: 'unreachable', restarts: round }),
    { until: ({ health }) => health !== 'untried' && health !== 'down', maxIterations: maxRestarts },
  );
  return rounds.state;
}

async function restartOnce(service: string, round: number): Promise<Repair> {
  const { status } = await incidents.restartService(key(`restart ${String(round)}`), service);
  if (status === 'declined') return { health: 'declined', restarts: round - 1 };
  const waited = await poll(() => incidents.checkHealth(service), {
    every: '5 seconds',
    backoff: { coefficient: 1.5, maximum: '30 seconds' },
    timeout: '2 minutes',
    until: ({ status: health }) => health === 'healthy',
    failed: ({ status: health }) => health === 'down',
  });
  return { health: waited.status === 'done' ? 'healthy' : 'down', restarts: round };
}

type Facts =
  | { readonly status: 'resolved'; readonly owner: string | null; readonly restarts: number }
  | { readonly status: 'escalated'; readonly owner: string; readonly reason: string; readonly restarts: number };

/** A summary over the facts; without a model that can summarize, the facts alone. */
async function postMortem(alert: Alert, facts: Facts, spending: Budget): Promise<string> {
  const account = accountOf(alert, facts);
  const summary = await withFallback(() => incidents.summarizeIncident(account), { ...nothing, text: account });
  spending.charge(summary);
  return summary.text === account ? account : `${summary.text}\n\n---\n\n${account}`;
}

function accountOf({ service, severity, title, description }: Alert, facts: Facts): string {
  const times = `${workflowInfo().startTime.toISOString()} to ${new Date().toISOString()}`;
  return [
    `A ${severity} incident on ${service}: ${title}.`,
    description,
    facts.owner === null ? 'Nobody acknowledged the page.' : `It was given to ${facts.owner}.`,
    facts.restarts === 0 ? 'The service was not restarted.' : `Restarts that were tried: ${String(facts.restarts)}.`,
    facts.status === 'resolved' ? 'The service is healthy again.' : `It needs a person: ${facts.reason}.`,
    `From ${times}.`,
  ].join('\n\n');
}

/** An incident that still looks open although nobody works on it. */
function tellLead({ service, title }: Alert): Promise<void> {
  const text = `It was stopped and could not be withdrawn: ${workflowInfo().workflowId}.`;
  return mail.notify(key('alert'), { to: [lead], subject: `Incident needs a hand: ${service}: ${title}`, text });
}

/** A mail that cannot be sent changes nothing about the incident. */
function tell({ service, title }: Alert, { status, owner, report }: IncidentResult): Promise<void> {
  const to = owner === null || owner === lead ? [lead] : [lead, ...owner.split(', ')];
  const message = { to, subject: `Incident ${status}: ${service}: ${title}`, text: report };
  return withFallback(() => mail.notify(key('tell'), message), undefined);
}
