import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TrainingResult } from '../../src/workflows/model-training.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { labelledCsv } from '../support/labelled.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe('model-training at every point of failure', () => {
  it('lets a new model serve only if it was approved and the run came to its end', async () => {
    const { files, modelStore } = harness.services;
    const data = { hash: await files.put(Buffer.from(labelledCsv())) };
    await explore({
      harness,
      workflow: 'modelTraining',
      args: (workflowId) => [{ task: taskOf(workflowId), data }],
      votes: { deployment: [{ vote: 'approve', by: 'ada', roles: ['ml-engineer'] }] },
      categories: ['dependency', 'logic'],
      // The settings are all tried in the same way, and so are the rounds of the canary check.
      only: ({ label }) => !/round [23] |\/ [1-9] \/ tryHyperparameters/.test(label),
      async invariant({ workflowId, faults, outcome }) {
        // Where even the undo fails, the engineers have a mail.
        if (isStuck(outcome)) return;
        const serving = await modelStore.serving(taskOf(workflowId));
        // The canary check was over: only the mail about it was still to be sent.
        if (faults.some(({ at }) => at.startsWith('tell /'))) {
          expect(serving).toBe(1);
          return;
        }
        const result = outcome.status === 'completed' ? (outcome.result as TrainingResult) : undefined;
        expect(serving).toBe(result?.status === 'deployed' ? result.version : null);
        if (result?.status === 'deployed') expect(result.by).toEqual(['ada']);
      },
    });
  });
});

function taskOf(workflowId: string): string {
  return `topic-${workflowId.toLowerCase().replace(/[^a-z0-9]/g, '-')}`;
}

function isStuck(outcome: Explored['outcome']): boolean {
  return outcome.status === 'failed' && String(outcome.error).includes('could not undo');
}
