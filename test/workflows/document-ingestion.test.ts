import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancellationSignal } from '@temporalio/activity';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { failure } from '../../src/failures.ts';
import type { Activities } from '../../src/activities/index.ts';
import { listManual, searchDocuments } from '../../src/services/document-store.ts';
import type { StoredFile } from '../../src/services/files.ts';
import type { IngestionResult } from '../../src/workflows/document-ingestion.ts';
import type { Decision, DecisionAnswer } from '../../src/workflows/patterns/gate-messages.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { untilOpen } from '../support/process.ts';

type Handle = WorkflowHandleWithFirstExecutionRunId;
type Faults = (real: Activities) => Partial<Activities>;

const certain = 'samples/invoices/EN16931_Elektron.ubl.xml';
const doubtful = 'samples/invoices/Facture_FR_BASIC.pdf';
const reviewer: Decision = { vote: 'approve', by: 'ada', roles: ['reviewer'] };

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

/** Puts a document in, with a comment at its end so that every test has bytes of its own. */
async function put(path: string, mark = randomUUID()): Promise<StoredFile> {
  const bytes = Buffer.concat([
    await readFile(path),
    Buffer.from(path.endsWith('.xml') ? `<!-- ${mark} -->` : `\n%${mark}`),
  ]);
  return { hash: await harness.services.files.put(bytes), name: basename(path), size: bytes.length };
}

async function ingest<T>(input: object, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> {
  return harness.withWorker(async (taskQueue) => {
    const workflowId = `ingest-${randomUUID()}`;
    return work(await harness.client.workflow.start('documentIngestion', { taskQueue, workflowId, args: [input] }));
  }, faults);
}

const result = (handle: Handle): Promise<IngestionResult> => handle.result() as Promise<IngestionResult>;
const rows = () => harness.services.db.selectFrom('documents').selectAll().execute();
const rowOf = async (file: StoredFile) => (await rows()).find((row) => row.hash === file.hash);

const decide = (handle: Handle, decision: Decision): Promise<DecisionAnswer> =>
  handle.executeUpdate<DecisionAnswer, [Decision]>('decide', { args: [decision] });

/** Fails \`times\` times before it does the real thing; forever by default. */
const broken =
  (name: keyof Activities, type = 'Broken', times = Infinity): Faults =>
  (real) => {
    let left = times;
    const call = real[name].bind(real) as (...args: unknown[]) => Promise<unknown>;
    return {
      [name]: async (...args: unknown[]) => {
        left -= 1;
        if (left >= 0) throw failure(times === Infinity ? 'logic' : 'transient', `${name} broke`, { type });
        return call(...args);
      },
    };
  };

describe('document-ingestion', () => {
  it('stores a certain invoice without review, and a search finds it', async () => {
    const file = await put(certain);
    await ingest(file, async (handle) => {
      const stored = await result(handle);
      expect(stored).toMatchObject({ status: 'stored', kind: 'invoice', format: 'ubl', problems: [] });
      expect(stored.confidence).toBeGreaterThanOrEqual(0.9);
      expect((await rowOf(file))?.status).toBe('stored');
      const hits = await searchDocuments(harness.services.db, stored.fields.number ?? '', 5);
      expect(hits.map((hit) => hit.document.id)).toContain(stored.documentId);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('waits for a reviewer with a doubtful document, and stores what the reviewer made of it', async () => {
    const file = await put(doubtful);
    await ingest(file, async (handle) => {
      const gate = await untilOpen(handle);
      expect(await rowOf(file)).toBeUndefined();
      const { fields, problems } = gate.subject as IngestionResult;
      expect(problems).not.toEqual([]);
      const edited = { ...fields, number: 'CORRECTED-1' };
      expect(await decide(handle, { ...reviewer, edited, subjectHash: gate.subjectHash })).toMatchObject({
        status: 'accepted',
      });
      expect(await result(handle)).toMatchObject({
        status: 'stored',
        reviewedBy: 'ada',
        fields: { number: 'CORRECTED-1' },
      });
      expect(await rowOf(file)).toMatchObject({ number: 'CORRECTED-1', reviewed_by: 'ada' });
    });
  });

  it('refuses changes that are no fields, and somebody without the role', async () => {
    await ingest(await put(doubtful), async (handle) => {
      await untilOpen(handle);
      expect(await decide(handle, { ...reviewer, edited: { number: 5 } })).toMatchObject({ code: 'badShape' });
      expect(await decide(handle, { ...reviewer, roles: ['approver'] })).toMatchObject({ code: 'notAllowed' });
      await decide(handle, { vote: 'reject', by: 'ada', roles: ['reviewer'], reason: 'not ours' });
      expect(await result(handle)).toMatchObject({ status: 'rejected', reason: 'not ours', documentId: null });
    });
  });

  it('goes to the manual queue when no reviewer decides within 24 hours', async () => {
    const file = await put(doubtful);
    await ingest(file, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'manual', reason: 'no reviewer decided within 24 hours' });
      const { startTime, closeTime } = await handle.describe();
      expect((closeTime!.getTime() - startTime.getTime()) / 3_600_000).toBeCloseTo(24, 1);
      expect((await listManual(harness.services.db)).map((each) => each.hash)).toContain(file.hash);
    });
  });

  it('leaves no record when classification fails', async () => {
    const file = await put(certain);
    await ingest(
      file,
      async (handle) => {
        expect(await failureOf(handle.result())).toBe('Unclassifiable: classifyDocument broke');
        expect(await rowOf(file)).toBeUndefined();
      },
      broken('classifyDocument', 'Unclassifiable'),
    );
  });

  it.each(['indexDocument', 'completeDocument', 'storeDocument'] as const)(
    'rolls back and marks the document for a person when %s fails',
    async (name) => {
      const file = await put(certain);
      await ingest(
        file,
        async (handle) => {
          expect(await result(handle)).toMatchObject({
            status: 'manual',
            reason: `could not be stored: ${name} broke`,
          });
          expect(await rowOf(file)).toMatchObject({ status: 'manual', reason: `could not be stored: ${name} broke` });
          const { db } = harness.services;
          const lines = await db
            .selectFrom('document_lines')
            .innerJoin('documents', 'id', 'document_id')
            .where('hash', '=', file.hash)
            .select('position')
            .execute();
          const indexed = await db
            .selectFrom('document_index')
            .innerJoin('documents', 'id', 'document_id')
            .where('hash', '=', file.hash)
            .select('title')
            .execute();
          expect([...lines, ...indexed]).toEqual([]);
        },
        broken(name),
      );
    },
  );

  it('stores once although storing and indexing fail at first', async () => {
    const file = await put(certain);
    const faults: Faults = (real) => ({
      ...broken('storeDocument', 'Lost', 2)(real),
      ...broken('indexDocument', 'Lost', 2)(real),
    });
    await ingest(
      file,
      async (handle) => {
        expect(await result(handle)).toMatchObject({ status: 'stored' });
        expect((await rows()).filter((row) => row.hash === file.hash)).toHaveLength(1);
      },
      faults,
    );
  });

  it('keeps one document when the same file comes ten times at once', async () => {
    const file = await put(certain);
    await harness.withWorker(async (taskQueue) => {
      const handles = await Promise.all(
        Array.from({ length: 10 }, () =>
          harness.client.workflow.start('documentIngestion', { taskQueue, workflowId: randomUUID(), args: [file] }),
        ),
      );
      // One after the other: each waiting caller unlocks the test server's clock once more, and it counts them.
      const results: IngestionResult[] = [];
      for (const handle of handles) results.push(await result(handle));
      expect(new Set(results.map((each) => `${each.status} ${String(each.documentId)}`)).size).toBe(1);
      expect((await rows()).filter((row) => row.hash === file.hash)).toHaveLength(1);
    });
  });

  it('leaves nothing behind when it is cancelled while it waits for a reviewer, or while it stores', async () => {
    const waiting = await put(doubtful);
    await ingest(waiting, async (handle) => {
      await untilOpen(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
    });
    const storing = await put(certain);
    await ingest(
      storing,
      async (handle) => {
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect((await handle.describe()).status.name).toBe('CANCELLED');
      },
      (real) => ({
        async indexDocument(input) {
          const signal = cancellationSignal();
          await real.indexDocument(input);
          const [run] = (await rows()).filter((row) => row.hash === storing.hash);
          await harness.client.workflow.getHandle(run?.run_id ?? '').cancel();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      }),
    );
    expect(await rowOf(waiting)).toBeUndefined();
    expect(await rowOf(storing)).toBeUndefined();
  });

  it('fails once and for good, with its type, on a document that cannot be read', async () => {
    const bytes = Buffer.from('%PDF-1.7\nthis is no pdf');
    const file = { hash: await harness.services.files.put(bytes), name: 'x.pdf', size: bytes.length };
    await ingest(file, async (handle) => {
      expect(await failureOf(handle.result())).toMatch(/^DocumentDamaged: /);
      const { events } = await handle.fetchHistory();
      expect(events?.filter((event) => event.activityTaskStartedEventAttributes)).toHaveLength(2);
      expect(await rowOf(file)).toBeUndefined();
    });
  });

  it('fails before anything is read when the path does not exist', async () => {
    await ingest({ path: '/nowhere/invoice.pdf' }, async (handle) => {
      expect(await failureOf(handle.result())).toBe('FileMissing: /nowhere/invoice.pdf: no such file on this worker');
    });
  });

  it('answers a vote that comes after the decision with who decided', async () => {
    await ingest(await put(doubtful), async (handle) => {
      await untilOpen(handle);
      const votes = [reviewer, { ...reviewer, by: 'grace' }];
      const answers = await Promise.all(votes.map((vote) => decide(handle, vote)));
      const first = answers.findIndex((answer) => answer.status === 'accepted');
      const by = votes[first]?.by ?? '';
      expect(answers[1 - first]).toMatchObject({ status: 'alreadyDecided', outcome: 'approved', by: [by] });
      expect(await result(handle)).toMatchObject({ status: 'stored', reviewedBy: by });
    });
  });

  it('takes the word of a classifier that model-training has trained, and has a person look', async () => {
    const told = async (text: string) => {
      const bytes = Buffer.from(`${text} ${Date.now()}`);
      const file = { hash: await harness.services.files.put(bytes), name: 'page.txt', size: bytes.length };
      return ingest(file, async (handle) => {
        const gate = await untilOpen(handle);
        await decide(handle, { ...reviewer, vote: 'reject', reason: 'only a test' });
        return gate.subject as { kind: string; confidence: number; problems: { message: string }[] };
      });
    };
    const text = someWords('contract', 1);
    expect(await told(text)).toMatchObject({ kind: 'other' });

    await harness.withWorker(async (taskQueue) => {
      const workflowId = `kinds-${randomUUID()}`;
      const data = { hash: await harness.services.files.put(kindExamples()) };
      const order = { task: 'document-kind', data };
      const training = await harness.client.workflow.start('modelTraining', { taskQueue, workflowId, args: [order] });
      await untilOpen(training);
      await decide(training, { vote: 'approve', by: 'ada', roles: ['ml-engineer'] });
      expect(await training.result()).toMatchObject({ status: 'deployed', task: 'document-kind' });
    });
    const seen = await told(text);
    expect(seen).toMatchObject({ kind: 'contract' });
    expect(seen.confidence).toBeLessThanOrEqual(0.85);
    expect(seen.problems.map(({ message }) => message)).toContain('the trained classifier takes it for: contract');
  });
});

const wordsByKind = {
  contract: 'tenant landlord rent premises lease roof repairs deposit notice term party obligation pays',
  report: 'quarter revenue growth margin forecast region figures increased board analysis summary outlook',
  letter: 'thank kindly pleased invitation wishes birthday family visit summer garden looking forward',
};
type Told = keyof typeof wordsByKind;

function someWords(kind: Told, seed: number): string {
  const words = wordsByKind[kind].split(' ');
  return words.filter((_word, place) => (seed * 7 + place * 5) % 3 !== seed % 3).join(' ');
}

/** Labelled texts of three kinds that share no words. */
function kindExamples(): Buffer {
  const rows = (['contract', 'report', 'letter'] as const).flatMap((kind) =>
    Array.from({ length: 60 }, (_, index) => `"${index} ${someWords(kind, index)}",${kind}`),
  );
  return Buffer.from(['text,category', ...rows].join('\n'));
}
