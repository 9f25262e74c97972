/** Activities of synchronizing data. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import type { Database } from '../services/database.ts';
import type { SyncSource, SyncSources } from '../services/sync-sources.ts';
import { applyPass, saveReport, type PassCounts } from '../services/sync-store.ts';

export type { SyncSource } from '../services/sync-sources.ts';
export type { PassCounts } from '../services/sync-store.ts';

/** What became of a synchronization, source by source. */
export interface SyncReport {
  /** `failed`: no source worked. */
  readonly status: 'complete' | 'partial' | 'failed';
  readonly worked: readonly ({ readonly source: string } & PassCounts)[];
  readonly failed: readonly { readonly source: string; readonly reason: string }[];
}

export interface SyncServices {
  readonly db: Database;
  readonly sources: SyncSources;
}

export interface SyncActivities {
  /** Makes our records of a source those that it has now: all of them or, when it fails, none. */
  syncSource(key: string, source: SyncSource): Promise<PassCounts>;
  recordSync(runId: string, report: SyncReport): Promise<void>;
}

export function createSyncActivities({ db, sources }: SyncServices): SyncActivities {
  return {
    async syncSource(key, source) {
      const records = await sources.read(source, cancellationSignal());
      return applyPass(db, key, source.name, records);
    },
    recordSync: (runId, report) => saveReport(db, runId, report),
  };
}
