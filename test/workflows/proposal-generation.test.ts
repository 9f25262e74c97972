import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proposalGenerationProcess } from '../../src/catalog/proposal-generation.ts';
import type { ProposalInput, ProposalResult } from '../../src/workflows/proposal-generation.ts';
import { failure } from '../../src/failures.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { aborted, broken, runProcess, type Faults, type Handle } from '../support/process.ts';

const complex = proposalGenerationProcess.sample as ProposalInput;
const simple: ProposalInput = {
  ...complex,
  title: 'A search for the archive',
  need: 'We cannot find anything in our archive of drawings.',
  requirements: ['Search in titles and dates', 'Training for three people'],
};

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const propose = <T>(input: ProposalInput, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'proposalGeneration', input, work, faults);
const result = (handle: Handle): Promise<ProposalResult> => handle.result() as Promise<ProposalResult>;
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db.selectFrom('proposals').selectAll().where('key', 'like', `${workflowId}/%`).executeTakeFirst();
const documentOf = async ({ document }: ProposalResult): Promise<string> =>
  new TextDecoder().decode(await harness.services.files.get(document));
const mailsOf = (number: string) =>
  harness.services.db.selectFrom('mails').selectAll().where('subject', 'like', `%${number}:%`).execute();

/** An activity that ends only when it is asked to. */
const untilCancelled = (): Promise<never> => aborted(cancellationSignal());

describe('proposal-generation', () => {
  it('answers a simple request from a template, without reviews and rounds', async () => {
    await propose(simple, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'delivered', complexity: 'simple', quality: null, refined: null });
      expect(ended.actions).toEqual(['record', 'render', 'send']);
      // 6 days of search and 3 of training at 920.00, and 15 % for what nobody foresees.
      expect(ended.price).toBe('9522.00 EUR');
      const page = await documentOf(ended);
      expect(page).toContain('<li>Training for three people</li>');
      expect(page).toContain('9522.00 EUR');
      expect(JSON.stringify(await handle.query('progress'))).not.toContain('"review"');
      expect(await mailsOf(ended.number)).toHaveLength(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('has a complex request reviewed, refines the text until it is good enough, carries the plan out and verifies it', async () => {
    await propose(complex, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({
        status: 'delivered',
        complexity: 'complex',
        refined: { ended: 'done' },
        problems: [],
      });
      expect(ended.refined?.rounds).toBeGreaterThan(0);
      expect(ended.quality).toBeGreaterThanOrEqual(0.9);
      expect(ended.actions).toEqual(['record', 'render', 'schedule', 'send']);
      const page = await documentOf(ended);
      expect(page).toContain('GDPR, Article 9');
      expect(page).toContain('The portal speaks Italian and German: we agree on the details');
      expect(page).toContain(ended.price);
      const { db } = harness.services;
      const milestones = await db
        .selectFrom('proposal_milestones')
        .selectAll()
        .where('proposal', '=', ended.number)
        .execute();
      expect(milestones).toHaveLength(complex.requirements.length + 1);
      expect(await rowOf(handle)).toMatchObject({ status: 'sent', document: ended.document });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('stops refining at the time bound and delivers the best it has', async () => {
    await propose(
      complex,
      async (handle) => {
        const ended = await result(handle);
        expect(ended).toMatchObject({ status: 'delivered', refined: { ended: 'expired', rounds: 0 } });
        expect(await documentOf(ended)).not.toContain('Further points');
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      },
      // The draft of the synthesis comes; that of the first round does not within the quarter of an hour.
      (real) => {
        let drafts = 0;
        return {
          draftText: async (request) => {
            drafts += 1;
            if (drafts === 1) return real.draftText(request);
            throw failure('resource', 'busy', { type: 'ModelRateLimited', nextRetryDelay: '20 minutes' });
          },
        };
      },
    );
  });

  it('stops when nothing improves for three rounds', async () => {
    await propose(
      complex,
      async (handle) => expect(await result(handle)).toMatchObject({ refined: { ended: 'stalled', rounds: 3 } }),
      (real) => ({
        checkCoverage: async (text) => ({ ...(await real.checkCoverage(text)), coverage: 0.5, missing: [] }),
      }),
    );
  });

  it('makes no proposal when a review fails, and says which', async () => {
    await propose(
      complex,
      async (handle) => {
        expect(await failureOf(handle.result())).toContain('reviewCompliance broke');
        expect(await rowOf(handle)).toBeUndefined();
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      },
      (real) => ({
        ...broken('reviewCompliance')(real),
        reviewTechnically: untilCancelled,
        reviewCommercially: untilCancelled,
        chatTurn: untilCancelled,
      }),
    );
  });

  it('takes the number back when the work cannot be scheduled', async () => {
    await propose(
      complex,
      async (handle) => {
        expect(await failureOf(handle.result())).toContain('scheduleMilestones broke');
        const row = await rowOf(handle);
        expect(row).toMatchObject({ status: 'withdrawn' });
        expect(await mailsOf(row?.number ?? '')).toHaveLength(0);
      },
      broken('scheduleMilestones'),
    );
  });

  it('sends the proposal once although the mail fails at first', async () => {
    await propose(
      simple,
      async (handle) => {
        const ended = await result(handle);
        expect(ended.status).toBe('delivered');
        expect(await mailsOf(ended.number)).toHaveLength(1);
      },
      broken('sendProposal', 'dependency', 2),
    );
  });

  it('says what does not stand as it should, instead of calling it delivered', async () => {
    await propose(
      simple,
      async (handle) => {
        const ended = await result(handle);
        expect(ended).toMatchObject({ status: 'incomplete', problems: [`${ended.number} was not sent`] });
      },
      () => ({ sendProposal: () => Promise.resolve() }),
    );
  });

  it('leaves nothing behind when it is cancelled before the proposal is sent', async () => {
    let started: () => void = () => undefined;
    const scheduling = new Promise<void>((done) => (started = done));
    await propose(
      complex,
      async (handle) => {
        await scheduling;
        await handle.cancel();
        expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
        expect(await rowOf(handle)).toMatchObject({ status: 'withdrawn' });
        expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
      },
      (real) => ({
        scheduleMilestones: async (...args) => {
          await real.scheduleMilestones(...args);
          started();
          await untilCancelled();
        },
      }),
    );
  });
});
