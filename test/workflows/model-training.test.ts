import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TrainingOrder } from '../../src/activities/training.ts';
import type { TrainingResult } from '../../src/workflows/model-training.ts';
import { leftOpen, untilIdle } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { labelledCsv } from '../support/labelled.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';
import { until } from '../support/until.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const train = <T>(order: TrainingOrder, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'modelTraining', order, work, faults);
const result = (handle: Handle): Promise<TrainingResult> => handle.result() as Promise<TrainingResult>;
const put = async (csv: string) => ({ hash: await harness.services.files.put(Buffer.from(csv)) });
const newTask = (): string => `topic-${randomUUID()}`;
const serving = (task: string): Promise<number | null> => harness.services.modelStore.serving(task);
const ada = { by: 'ada', roles: ['ml-engineer'] };
const approve = async (handle: Handle): Promise<void> => {
  await untilOpen(handle, 'deployment');
  await decide(handle, { ...ada, vote: 'approve' });
};
/** A task that a good model serves, or one that learned partly nonsense. */
const served = async (mislabelled: 'none' | 'some'): Promise<string> => {
  const task = newTask();
  await train({ task, data: await put(labelledCsv(mislabelled)) }, async (handle) => {
    await approve(handle);
    expect(await result(handle)).toMatchObject({ status: 'deployed', before: null });
  });
  return task;
};

describe('model-training', () => {
  it('deploys a better model that an engineer approved, says by how much it is better, and tells the engineers', async () => {
    const task = await served('some');
    await train({ task, data: await put(labelledCsv()) }, async (handle) => {
      const gate = await untilOpen(handle, 'deployment');
      expect(gate.subject).toMatchObject({ task, counts: { labels: 3 } });
      expect(await serving(task)).toBe(1);
      await decide(handle, { ...ada, vote: 'approve' });
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'deployed', by: ['ada'], version: 2 });
      expect(ended.after.accuracy).toBeGreaterThan(ended.before?.accuracy ?? 1);
      expect(await serving(task)).toBe(2);
      const { value } = await harness.services.models.classify({
        task,
        text: 'I have seen a goat and then a trout',
        labels: ['fruit', 'tool', 'animal'],
      });
      expect(value.label).toBe('animal');
      const mails = await harness.services.db.selectFrom('mails').select('subject').execute();
      expect(mails.map(({ subject }) => subject)).toContain(`Model ${task}, version 2: deployed`);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('keeps what serves where the new model is not better, and asks nobody', async () => {
    const task = await served('none');
    await train({ task, data: await put(labelledCsv()) }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'kept', version: 2 });
      expect(await serving(task)).toBe(1);
    });
  });

  it('rolls back a model that is worse than the one before on the canary examples', async () => {
    const task = await served('some');
    const canary = await put(labelledCsv('all'));
    await train({ task, data: await put(labelledCsv()), canary }, async (handle) => {
      await approve(handle);
      expect(await result(handle)).toMatchObject({
        status: 'rolledBack',
        reason: expect.stringMatching(/^right for [\d.]+ % of the canary examples, before [\d.]+ %$/),
      });
      expect(await serving(task)).toBe(1);
    });
  });

  it('rolls back a model that cannot answer', async () => {
    const task = newTask();
    let calls = 0;
    await train(
      { task, data: await put(labelledCsv()) },
      async (handle) => {
        await approve(handle);
        expect(await result(handle)).toMatchObject({ status: 'rolledBack', reason: 'it cannot answer' });
        expect(await serving(task)).toBeNull();
      },
      (real) => ({
        evaluateServing: (...args) => {
          calls += 1;
          return calls === 1 ? real.evaluateServing(...args) : Promise.resolve(null);
        },
      }),
    );
  });

  it('leaves a model alone that somebody else has deployed meanwhile', async () => {
    const task = await served('some');
    await train({ task, data: await put(labelledCsv()) }, async (handle) => {
      await untilOpen(handle);
      const { modelStore } = harness.services;
      const { body } = await modelStore.load(task, 1);
      const other = await modelStore.save(task, 'somebody else', body, {});
      await modelStore.serve(task, other, 1);
      await decide(handle, { ...ada, vote: 'approve' });
      expect(await result(handle)).toMatchObject({ status: 'overtaken' });
      expect(await serving(task)).toBe(other);
    });
  });

  it('deploys nothing that an engineer rejects, nor what its requester approves', async () => {
    const task = newTask();
    await train({ task, data: await put(labelledCsv()), requester: 'ada' }, async (handle) => {
      await untilOpen(handle);
      expect(await decide(handle, { ...ada, vote: 'approve' })).toMatchObject({
        status: 'refused',
        code: 'ownRequest',
      });
      await decide(handle, { by: 'margaret', roles: ['ml-engineer'], vote: 'reject', reason: 'too few examples' });
      expect(await result(handle)).toMatchObject({ status: 'rejected', by: 'margaret', reason: 'too few examples' });
      expect(await serving(task)).toBeNull();
    });
  });

  it('deploys nothing that nobody approves within three days', async () => {
    const task = newTask();
    await train({ task, data: await put(labelledCsv()) }, async (handle) => {
      expect(await result(handle)).toMatchObject({ status: 'expired' });
      expect(await serving(task)).toBeNull();
    });
  });

  it('answers a late vote with what was decided', async () => {
    const task = newTask();
    await train({ task, data: await put(labelledCsv()) }, async (handle) => {
      await approve(handle);
      const late = decide(handle, { by: 'margaret', roles: ['ml-engineer'], vote: 'reject', reason: 'late' });
      expect(await late).toMatchObject({ status: 'alreadyDecided', outcome: 'approved', by: ['ada'] });
      expect(await result(handle)).toMatchObject({ status: 'deployed' });
    });
  });

  it('goes on with the settings that could be tried', async () => {
    let calls = 0;
    await train(
      { task: newTask(), data: await put(labelledCsv()) },
      async (handle) => {
        await approve(handle);
        expect(await result(handle)).toMatchObject({ status: 'deployed' });
      },
      (real) => {
        const { tryHyperparameters } = broken('tryHyperparameters')(real);
        return {
          tryHyperparameters: (...args) => {
            calls += 1;
            return calls > 2 || !tryHyperparameters ? real.tryHyperparameters(...args) : tryHyperparameters(...args);
          },
        };
      },
    );
  });

  it.each([
    ['a task without examples', async () => ({ task: newTask() }), /NoData/],
    ['a file that is not there', async () => ({ task: newTask(), data: { path: '/no/such.csv' } }), /FileMissing/],
    ['a file without labels', async () => ({ task: newTask(), data: await put('a,b\n1,2\n') }), /BadExamples/],
    [
      'a label with too few examples',
      async () => ({ task: newTask(), data: await put(`${labelledCsv()}\nlonely,rare`) }),
      /BadExamples|TooManyFailures/,
    ],
  ] as const)('fails once for %s, and trains nothing', async (_, order, type) => {
    const given = await order();
    await train(given, async (handle) => {
      expect(await failureOf(handle.result())).toMatch(type);
      expect(await serving(given.task)).toBeNull();
    });
  });

  it('lets the model before serve again when it is cancelled during the canary check', async () => {
    const task = await served('some');
    await train({ task, data: await put(labelledCsv()) }, async (handle) => {
      await approve(handle);
      await until(async () => (await serving(task)) === 2, 'the new model does not serve');
      await untilIdle(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await serving(task)).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});
