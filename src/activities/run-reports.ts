/** Activities of the scheduled report. */
import { cancellationSignal } from '@temporalio/activity';
import type { Directory } from '../services/directory.ts';
import type { FileStore, StoredFile } from '../services/files.ts';
import type { Mailer } from '../services/mail.ts';
import { renderReport, reportOn, type RunReport } from '../services/run-report.ts';
import type { RunReader } from '../services/run-reader.ts';

export type { RunReport } from '../services/run-report.ts';
export type { StoredFile } from '../services/files.ts';

export interface RunReportServices {
  readonly runReader: RunReader;
  readonly files: FileStore;
  readonly mail: Mailer;
  readonly directory: Directory;
}

export interface RunReportActivities {
  /** Reads the runs that closed in the period and adds them up. Times are ISO. */
  aggregateRuns(period: { readonly from: string; readonly to: string }): Promise<RunReport>;
  renderRunReport(report: RunReport): Promise<StoredFile>;
  /** Mails the page once for each key; `to` takes `role:manager`, `user:ada` and addresses. */
  mailRunReport(key: string, to: readonly string[], report: RunReport, page: StoredFile): Promise<void>;
}

/** Beyond this many runs a report counts the most recent ones and says so. */
const mostRuns = 2_000;

export function createRunReportActivities(services: RunReportServices): RunReportActivities {
  const { runReader, files, mail, directory } = services;
  return {
    async aggregateRuns({ from, to }) {
      const facts = await runReader.closedBetween(new Date(from), new Date(to), mostRuns);
      return reportOn(facts, { from, to, cut: facts.length >= mostRuns });
    },
    async renderRunReport(report) {
      const bytes = new TextEncoder().encode(await renderReport(report));
      return { hash: await files.put(bytes), name: `runs-${report.to.slice(0, 10)}.html`, size: bytes.length };
    },
    async mailRunReport(key, people, { runs, failed, from, to }, page) {
      const html = new TextDecoder().decode(await files.get(page.hash));
      const subject = `Runs until ${to.slice(0, 16).replace('T', ' ')}: ${String(runs)} closed, ${String(failed)} failed`;
      const text = `From ${from} to ${to}: ${String(runs)} runs closed, ${String(failed)} failed. The tables are in the HTML part.`;
      await mail.send({ to: directory.addressesOf(people), subject, text, html, key }, cancellationSignal());
    },
  };
}
