import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PublishingResult } from '../../src/workflows/content-publishing.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('content-publishing at every point of failure', () => {
  it('publishes page and index together and only what an editor approved, or nothing', async () => {
    const { db } = harness.services;
    const folder = join(harness.settings.dataDir, 'published');
    await explore({
      harness,
      workflow: 'contentPublishing',
      args: () => [{ path: 'samples/documents/letter.txt', title: 'A letter', requester: 'grace' }],
      votes: { editing: [{ vote: 'approve', by: 'ada', roles: ['editor'] }] },
      // The others end like it, or are not retried at all.
      categories: ['dependency'],
      // What reads and writes texts before the gate keeps nothing: gathering, the cover, and one round stand for all.
      // The local models always refuse to converse; how a model's own failures end is in the process's tests.
      only: ({ label }) =>
        !/readSource|outlineArticle|chooseRoute|draftText|scoreText|chatTurn|round [2-9]|(?:remindApprovers|timer)#[2-9]/u.test(
          label,
        ),
      async invariant({ workflowId, outcome, faults }) {
        const row = await db
          .selectFrom('articles')
          .selectAll()
          .where('key', 'like', `${workflowId}/%`)
          .executeTakeFirst();
        const names: readonly string[] = await readdir(folder).catch(() => []);
        const index = await readFile(join(folder, 'index.html'), 'utf8').catch(() => '');
        const isPublished = row?.status === 'published';
        if (row) {
          expect(row.editor).toBe('ada');
          expect(names.includes(`${row.slug}.html`)).toBe(isPublished);
          expect(names.includes(`${row.slug}.svg`)).toBe(isPublished && row.cover !== null);
          expect(index.includes(`${row.slug}.html`)).toBe(isPublished);
        }
        if (outcome.status === 'completed') {
          const result = outcome.result as PublishingResult;
          expect(isPublished).toBe(result.status === 'published');
        } else if (isPublished && outcome.status === 'failed') {
          // Only an undo that failed for good leaves the article in a run that fails.
          expect(faults.some(({ at, kind }) => at.includes('undo') && kind.startsWith('fails:'))).toBe(true);
        } else if (isPublished) {
          // Only a run that was cancelled after the article stood ends otherwise with it.
          expect(outcome.status).toBe('cancelled');
          expect(faults.some(({ at }) => /tell|close|saga|updateSite/u.test(at))).toBe(true);
        }
        expect(names.filter((name) => /\.(?:html|svg)\../u.test(name))).toEqual([]);
      },
    });
  });
});
