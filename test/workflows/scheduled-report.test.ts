/** On the real server: the one that skips time cannot list runs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProcess } from '../../src/catalog.ts';
import { BadInput, Refused, startRun } from '../../src/runs.ts';
import { createSchedule, listSchedules, steerSchedule } from '../../src/runs/schedules.ts';
import type { ReportResult } from '../../src/workflows/scheduled-report.ts';
import { startSite, type Site } from '../web/site.ts';
import { until } from '../support/until.ts';

let site: Site;
const report = findProcess('scheduled-report')!;

beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

async function reportOnce(input: object = report.sample as object): Promise<ReportResult> {
  const { id } = await startRun(site.runs, report, input, { id: `report-${randomUUID()}` });
  return (await site.runs.client.workflow.getHandle(id).result()) as ReportResult;
}

const mails = () => site.services.db.selectFrom('mails').select(['subject', 'recipients']).execute();

describe('scheduled-report', () => {
  it('counts runs with their paths, waits and failures, and mails the page', async () => {
    const expenses = findProcess('expense-approval')!;
    const small = { ...(expenses.sample as object), amount: '20.00' };
    for (const description of ['Lunch', 'Dinner']) await startRun(site.runs, expenses, { ...small, description });
    await site.ingest('', 'empty.pdf');
    const {
      status,
      report: told,
      page,
    } = await until(async () => {
      const done = await reportOnce();
      const seen = new Map(done.report.processes.map((each) => [each.workflowType, each]));
      return seen.get('expenseApproval')?.completed === 2 && seen.get('documentIngestion')?.failed === 1 && done;
    }, 'the runs are not in the report');
    expect(status).toBe('mailed');
    const ingestion = told.processes.find(({ workflowType }) => workflowType === 'documentIngestion');
    expect(ingestion).toMatchObject({ runs: 1, failed: 1, failures: { read: 1 } });
    expect(told.processes.find(({ workflowType }) => workflowType === 'expenseApproval')).toMatchObject({
      completed: 2,
    });
    const html = new TextDecoder().decode(await site.services.files.get(page.hash));
    expect(html).toContain('<svg');
    expect(html).toContain('documentIngestion');
    expect((await mails()).some(({ subject }) => subject.startsWith('Runs until'))).toBe(true);
  });

  it('keeps the page when nobody can be mailed', async () => {
    const result = await reportOnce({ hours: 1, to: ['user:nobody'] });
    expect(result.status).toBe('kept');
    expect(await site.services.files.has(result.page.hash)).toBe(true);
  });
});

describe('a schedule', () => {
  it('starts its process now when asked, is listed, paused and deleted', async () => {
    const id = `daily-${randomUUID()}`;
    await createSchedule(site.runs, report, report.sample, { id, timing: { everyMs: 86_400_000 } });
    await expect(createSchedule(site.runs, report, report.sample, { id, timing: { everyMs: 1_000 } })).rejects.toThrow(
      Refused,
    );
    await steerSchedule(site.runs, id, 'trigger');
    await steerSchedule(site.runs, id, 'pause');
    const found = await until(async () => {
      const view = await listed(id);
      return view?.paused === true && view.last !== undefined && view;
    }, 'the schedule has not run, or is not paused');
    expect(found).toMatchObject({ starts: 'scheduledReport', paused: true, last: expect.any(String) });
    await steerSchedule(site.runs, id, 'delete');
    await expect(steerSchedule(site.runs, id, 'pause')).rejects.toThrow(BadInput);
  });

  it('is refused when its input does not fit or its times cannot be read', async () => {
    const id = `wrong-${randomUUID()}`;
    const every = { id, timing: { everyMs: 1_000 } };
    await expect(createSchedule(site.runs, report, { hours: -1, to: [] }, every)).rejects.toThrow(/hours/);
    await expect(createSchedule(site.runs, report, report.sample, { id, timing: { cron: 'at noon' } })).rejects.toThrow(
      BadInput,
    );
  });
});

async function listed(id: string) {
  return (await listSchedules(site.runs)).find((each) => each.id === id);
}
