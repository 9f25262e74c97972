import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PDFDocument } from 'pdf-lib';
import type { PatientOrder, PatientReportResult } from '../../src/workflows/patient-report.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';

const order: PatientOrder = {
  patient: { path: 'samples/patients/Stephen_McLaughlin_7735ab79-6ac8-4b81-9936-f7ddabd18751.json' },
};
const physician = { vote: 'approve', by: 'linus', roles: ['physician'] } as const;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const report = <T>(input: PatientOrder, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'patientReport', input, work, faults);
const result = (handle: Handle): Promise<PatientReportResult> => handle.result() as Promise<PatientReportResult>;
const published = async ({ workflowId }: Handle): Promise<number> =>
  (
    await harness.services.db
      .selectFrom('patient_reports')
      .selectAll()
      .where('run_id', 'like', `${workflowId}/%`)
      .execute()
  ).length;

describe('patient-report', () => {
  it('makes page and PDF once a physician has approved', async () => {
    await report(order, async (handle) => {
      await untilOpen(handle, 'physician');
      expect(await published(handle)).toBe(0);
      await decide(handle, physician);
      const ended = await result(handle);
      if (ended.status !== 'final') throw new Error(`expected a final report, got ${ended.status}`);
      expect(ended.by).toEqual(['linus']);
      expect(ended.quality.level).toBe('high');
      const html = new TextDecoder().decode(await harness.services.files.get(ended.html.hash));
      expect(html).toContain('McLaughlin');
      expect(html).toContain('Approved by linus');
      const pdf = await PDFDocument.load(await harness.services.files.get(ended.pdf.hash));
      expect(pdf.getPageCount()).toBeGreaterThan(0);
      expect(await published(handle)).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('makes none when the physician rejects, and none for the one who asked', async () => {
    await report({ ...order, requester: 'rosalind' }, async (handle) => {
      await untilOpen(handle);
      const own = await decide(handle, { vote: 'approve', by: 'rosalind', roles: ['physician', 'chief-physician'] });
      expect(own).toMatchObject({ status: 'refused', code: 'ownRequest' });
      await decide(handle, { vote: 'reject', by: 'linus', roles: ['physician'], reason: 'wrong patient' });
      expect(await result(handle)).toMatchObject({ status: 'rejected', reason: 'wrong patient' });
      expect(await published(handle)).toBe(0);
    });
  });

  it('reminds, asks the chief after a day, and expires after two', async () => {
    await report(order, async (handle) => {
      const ended = await result(handle);
      expect(ended.status).toBe('expired');
      expect('audit' in ended && ended.audit.map(({ what }) => what)).toContain('escalated to role:chief-physician');
      expect(await published(handle)).toBe(0);
    });
  });

  it('asks for more data and makes a limited analysis when the laboratory cannot be read', async () => {
    await report(
      order,
      async (handle) => {
        await untilOpen(handle);
        await decide(handle, physician);
        const ended = await result(handle);
        if (ended.status !== 'final') throw new Error(`expected a final report, got ${ended.status}`);
        expect(ended.quality).toMatchObject({ level: 'low', missing: expect.arrayContaining([expect.any(String)]) });
        expect(ended.analysis.kind).toBe('limited');
        const mails = await harness.services.db.selectFrom('mails').select('subject').execute();
        expect(mails.map(({ subject }) => subject)).toContainEqual(expect.stringMatching(/Please complete/));
      },
      broken('normalizeLabValues', 'logic'),
    );
  });

  it('flags a patient of whom too little is known, and asks nobody to approve', async () => {
    const faults: Faults = (real) => ({ ...broken('readPatient')(real), ...broken('normalizeLabValues')(real) });
    await report(
      order,
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'flagged' });
        expect(await handle.query('gates')).toEqual([]);
      },
      faults,
    );
  });

  it('fails once for a file that is no FHIR bundle', async () => {
    await report({ patient: { path: 'samples/nowhere.json' } }, async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/^FileMissing/);
    });
  });

  it('leaves no report when it is cancelled while it waits', async () => {
    await report(order, async (handle) => {
      await untilOpen(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(await published(handle)).toBe(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
