import { proxyActivities } from '@temporalio/workflow';
import type { RunReport, RunReportActivities, StoredFile } from '../activities/run-reports.ts';
import { ordinary } from './activity-options.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** What to report on: the `hours` before the run's start. `to` takes `role:manager`, `user:ada` and addresses. */
export interface ReportOrder {
  readonly hours: number;
  readonly to: readonly string[];
}

/** `kept`: the page is in the file store, but its mail could not be sent. */
export interface ReportResult {
  readonly status: 'mailed' | 'kept';
  readonly page: StoredFile;
  readonly report: RunReport;
}

const reports = proxyActivities<RunReportActivities>(ordinary);

/** Adds up what runs did in the last hours, makes a page of it with charts, and mails it. */
export async function scheduledReport(order: ReportOrder): Promise<ReportResult> {
  const to = new Date();
  const from = new Date(to.getTime() - order.hours * 3_600_000);
  const period = { from: from.toISOString(), to: to.toISOString() };

  const report = await stage('aggregate', () => reports.aggregateRuns(period));
  const page = await stage('render', () => reports.renderRunReport(report));
  const status = await stage('mail', () =>
    withFallback(async () => {
      await reports.mailRunReport(key('mail'), order.to, report, page);
      return 'mailed' as const;
    }, 'kept' as const),
  );
  return { status, page, report };
}
