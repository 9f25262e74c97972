import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proposalGenerationProcess } from '../../src/catalog/proposal-generation.ts';
import type { ProposalResult } from '../../src/workflows/proposal-generation.ts';
import { explore } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('proposal-generation at every point of failure', () => {
  it('sends a proposal at most once, and leaves none open and no milestone without its proposal', async () => {
    const { db } = harness.services;
    await explore({
      harness,
      workflow: 'proposalGeneration',
      args: () => [proposalGenerationProcess.sample],
      // The others end like it, or are not retried at all.
      categories: ['dependency'],
      // Nothing is kept before the plan is carried out: one review and one draft of a round stand for the others. Sending
      // again is the saga's own, and explored there.
      // The local models always refuse to converse; how a model's own failures end is in the process's tests.
      only: ({ label }) =>
        !/assess|reviewTechnically|reviewCommercially|synthesize|checkCoverage|scoreText|planProposal|chatTurn|round [2-9]|retrying \/ (?:timer|sendProposal#2)/u.test(
          label,
        ),
      async invariant({ workflowId, outcome, faults }) {
        const row = await db
          .selectFrom('proposals')
          .selectAll()
          .where('key', 'like', `${workflowId}/%`)
          .executeTakeFirst();
        const number = row?.number ?? 'none';
        const milestones = await db
          .selectFrom('proposal_milestones')
          .selectAll()
          .where('proposal', '=', number)
          .execute();
        const mails = await db
          .selectFrom('mails')
          .selectAll()
          .where('subject', 'like', `Proposal ${number}:%`)
          .execute();
        expect(mails.length).toBeLessThanOrEqual(1);
        // An undo that failed for good leaves what it should have taken back, and the run says so.
        if (faults.some(({ at, kind }) => at.includes('undo') && kind.startsWith('fails:'))) {
          expect(outcome.status).toBe('failed');
          expect(mails).toEqual([]);
          return;
        }
        if (outcome.status === 'completed') {
          const result = outcome.result as ProposalResult;
          expect(result.number).toBe(number);
          expect(row).toMatchObject({ status: 'sent', document: result.document });
          expect(mails).toHaveLength(1);
        }
        if (row?.status === 'withdrawn' || !row) {
          expect(mails).toEqual([]);
          expect(milestones).toEqual([]);
        } else {
          expect(milestones).toHaveLength(7);
        }
        // From sending on the way is forward only; what stays open then was cancelled or failed there.
        if (row?.status === 'open') expect(faults.some(({ at }) => /send/u.test(at))).toBe(true);
      },
    });
  });
});
