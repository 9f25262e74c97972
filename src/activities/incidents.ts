/** Activities on incidents. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import type { Directory } from '../services/directory.ts';
import * as store from '../services/incident-store.ts';
import type { Cost, Models, Usage } from '../services/models/types.ts';
import type { Vendors } from '../services/vendors.ts';

export type { Alert } from '../services/incident-store.ts';
type Alert = store.Alert;

/** What sort of incident it is. */
interface Triage {
  readonly area: string;
  /** Whether a restart may be tried. */
  readonly restartable: boolean;
  /** Who is called first: `user:…`, or `role:on-call` where nobody is named for the area. */
  readonly onCall: string;
  /** 0 to 1; 1 for a service that is known. */
  readonly confidence: number;
  readonly usage: Usage;
  readonly cost: Cost;
}

type Health = 'healthy' | 'restarting' | 'down';

export interface IncidentServices {
  readonly db: Database;
  readonly vendors: Vendors;
  readonly directory: Directory;
  readonly models: Models;
}

export interface IncidentActivities {
  openIncident(id: string, alert: Alert): Promise<{ readonly id: string }>;
  /** Marks an open incident as withdrawn; one that never was opened is fine. */
  withdrawIncident(id: string, alert: Alert): Promise<void>;
  /** By the list of services, or for one that is not on it by the alert's words. */
  classifyIncident(alert: Alert): Promise<Triage>;
  /** Pages `user:…` or everybody with `role:…`. */
  pageOnCall(key: string, who: string, alert: Alert): Promise<{ readonly page: string }>;
  /** Who has acknowledged the page; `null` while nobody has. */
  checkPage(page: string): Promise<{ readonly by: string | null }>;
  /** Quietens the pager after somebody has taken the incident elsewhere. */
  acknowledgePage(key: string, page: string, by: string): Promise<void>;
  ownIncident(id: string, owner: string): Promise<void>;
  restartService(key: string, service: string): Promise<{ readonly status: 'restarting' | 'declined' }>;
  checkHealth(service: string): Promise<{ readonly status: Health }>;
  summarizeIncident(report: string): Promise<{ readonly text: string; readonly usage: Usage; readonly cost: Cost }>;
  endIncident(id: string, ending: store.IncidentEnding): Promise<void>;
}

/** What an alert of an unknown service may be about. */
const areas = {
  database: 'database, storage, replication, disk full, deadlock, slow query, connection pool, backup',
  network: 'network, DNS, load balancer, certificate, TLS, packet loss, latency, unreachable, timeout between hosts',
  application: 'application, API errors, exception, crash, memory leak, deployment, queue backlog, failed requests',
};

/** A lead of one route over the others that is worth going by. */
const sureEnough = 0.2;

export function createIncidentActivities({ db, vendors, directory, models }: IncidentServices): IncidentActivities {
  const onCall = async (area: string): Promise<string> => {
    const person = await store.onCallFor(db, area);
    return person !== undefined && directory.rolesOf(person) ? `user:${person}` : 'role:on-call';
  };
  return {
    async openIncident(id, alert) {
      await store.insertIncident(db, id, alert);
      return { id };
    },
    withdrawIncident: (id, alert) => store.withdrawIncident(db, id, alert),
    async classifyIncident({ service, title, description }) {
      const known = await store.findService(db, service);
      if (known) return { ...known, ...free, onCall: await onCall(known.area), confidence: 1 };
      const request = { text: `${title}\n${description}`, routes: areas };
      const { value, confidence, usage, cost } = await models.choose(request, { signal: cancellationSignal() });
      const area = confidence >= sureEnough ? value.route : 'other';
      return { area, restartable: false, onCall: await onCall(area), confidence, usage, cost };
    },
    async pageOnCall(key, who, { service, severity, title }) {
      const recipient = directory.addressesOf([who]).join(', ').slice(0, 500) || who;
      const message = `${service}: ${title}`.slice(0, 500);
      const options = { key, signal: cancellationSignal() };
      const { page } = await vendors.request('paging', 'page', { recipient, message, severity }, options);
      return { page };
    },
    async checkPage(page) {
      const state = await vendors.request('paging', 'state', { page }, { key: page, signal: cancellationSignal() });
      return { by: state.status === 'acknowledged' ? state.by : null };
    },
    async acknowledgePage(key, page, by) {
      await vendors.request('paging', 'acknowledge', { page, by }, { key, signal: cancellationSignal() });
    },
    ownIncident: (id, owner) => store.ownIncident(db, id, owner),
    async restartService(key, service) {
      const options = { key, signal: cancellationSignal() };
      const { status } = await vendors.request('infrastructure', 'restart', { service }, options);
      return { status };
    },
    async checkHealth(service) {
      const options = { key: service, signal: cancellationSignal() };
      return vendors.request('infrastructure', 'health', { service }, options);
    },
    async summarizeIncident(report) {
      const request = { text: report, maxWords: 150, focus: 'what happened, what was done, what is left to do' };
      const { value, usage, cost } = await models.summarize(request, { signal: cancellationSignal() });
      return { text: value, usage, cost };
    },
    endIncident: (id, ending) => store.endIncident(db, id, ending),
  };
}

const free = { usage: { inputTokens: 0, outputTokens: 0, calls: 0 }, cost: { microUsd: 0 } };
