import { proxyActivities } from '@temporalio/workflow';
import type { BatchRequestActivities, ReportRequest } from '../activities/batch-requests.ts';
import type { StoredFile } from '../services/files.ts';
import { ordinary } from './activity-options.ts';
import { stage } from './patterns/stage.ts';

const reports = proxyActivities<BatchRequestActivities>(ordinary);

/** Makes one report that a batch asks for; a run of its own, because it takes long. */
export async function requestedReport(request: ReportRequest): Promise<StoredFile> {
  const rows = await stage('gather', () => reports.gatherReport(request));
  return stage('store', () => reports.storeReport(request, rows));
}
