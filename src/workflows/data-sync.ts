import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { NotifyActivities } from '../activities/notify.ts';
import type { PassCounts, SyncActivities, SyncReport, SyncSource } from '../activities/sync.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { reasonOf } from './reason-of.ts';
import { parallel, type Settled } from './patterns/parallel.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** What to synchronize, and who hears about sources that failed. */
export interface SyncJob {
  readonly sources: readonly SyncSource[];
  /** People as `user:ada`, `role:engineer`, or addresses. */
  readonly tell: readonly string[];
}

const data = proxyActivities<SyncActivities>(ordinary);
const books = proxyActivities<SyncActivities>(persistent);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Sources that are read at a time. */
const atOnce = 4;

/** Synchronizes every source by itself: one that fails leaves its records as they were and the others alone. */
export async function dataSync({ sources, tell }: SyncJob): Promise<SyncReport> {
  const branches = sources.map((source) => [source.name, () => syncOne(source)] as const);
  const outcomes = await parallel(Object.fromEntries(branches), { join: 'settled', maxConcurrency: atOnce });
  const report = reportOn(outcomes);

  // Outside of any stage, and told under the names of what failed: a redriven run reports anew.
  await books.recordSync(workflowInfo().workflowId, report);
  if (report.failed.length > 0 && tell.length > 0) {
    const about = `tell ${namesOf(report.failed)}`;
    const letter = letterAbout(report, tell);
    await stage(about, () => withFallback(() => mail.notify(key(about), letter), undefined));
  }
  return report;
}

function syncOne(source: SyncSource): Promise<PassCounts> {
  return data.syncSource(key(source.name), source);
}

function reportOn(outcomes: Readonly<Record<string, Settled<PassCounts>>>): SyncReport {
  const worked: SyncReport['worked'][number][] = [];
  const failed: SyncReport['failed'][number][] = [];
  for (const [source, outcome] of Object.entries(outcomes)) {
    if (outcome.status === 'fulfilled') worked.push({ source, ...outcome.value });
    else failed.push({ source, reason: outcome.status === 'rejected' ? reasonOf(outcome.error) : 'out of time' });
  }
  const status = failed.length === 0 ? 'complete' : worked.length === 0 ? 'failed' : 'partial';
  return { status, worked, failed };
}

function namesOf(failed: SyncReport['failed']): string {
  const names = failed.slice(0, 5).map(({ source }) => source);
  return [...names, ...(failed.length > 5 ? [`${String(failed.length - 5)} more`] : [])].join(', ');
}

function letterAbout({ worked, failed }: SyncReport, to: readonly string[]) {
  const lines = [
    ...failed.map(({ source, reason }) => `${source} failed: ${reason}`),
    ...worked.map(({ source, inserted, updated, removed }) => {
      return `${source}: ${String(inserted)} new, ${String(updated)} changed, ${String(removed)} gone`;
    }),
    '',
    `What failed is done again with: npm run client -- redrive ${workflowInfo().workflowId}`,
  ];
  return { to, subject: `Data sync: ${namesOf(failed)} failed`, text: lines.join('\n') };
}
