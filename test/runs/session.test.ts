/** What is said when a worker does not answer in time: that there is none, or that it is busy. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings, type Limits } from '../../src/config.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import { decide, describeRun, Refused, WorkerBusy, type Runs } from '../../src/runs.ts';
import { workflowBundle } from '../support/bundles.ts';
import { patient } from '../support/until.ts';
import { pollWithoutAnswer, startUnserved } from '../support/unserved.ts';
import '../support/runtime.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const short = { FERMATA_VIEW_TIMEOUT_S: '0.3', FERMATA_ANSWER_TIMEOUT_S: '0.3' };
const approval = { gate: 'release', vote: 'approve', by: 'ada' } as const;

let temporal: Awaited<ReturnType<typeof throwAwayTemporal>>;
let client: Client;
beforeAll(async () => {
  temporal = await throwAwayTemporal();
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
});
afterAll(async () => {
  await client.connection.close();
  await temporal.stop();
});

const runsWith = (env: Record<string, string>): Runs => ({
  client,
  settings: loadSettings({ ...patient, ...env }),
  close: async () => undefined,
});

describe('a run whose task queue no worker polls', () => {
  it('is shown with what the server knows, and a command is refused at once with what to do', async () => {
    await startUnserved(client, 'nobody', 'alone');
    let waitedOn = 0;
    const runs: Runs = { ...runsWith(short), notYet: () => (waitedOn += 1) };
    const details = await describeRun(runs, 'alone');
    expect(details.note).toBe('no worker answers for it; start one with `npm run worker`.');
    expect(details.busy).toBeUndefined();
    expect(details.gates).toEqual([expect.objectContaining({ name: 'review', approvers: ['role:reviewer'] })]);
    const refused = decide(runs, 'alone', approval);
    await expect(refused).rejects.toBeInstanceOf(Refused);
    await expect(refused).rejects.toThrow("no worker answered for 'alone' in time; start one with `npm run worker`");
    expect(waitedOn).toBe(0);
  });
});

describe('a run whose worker polls but does not answer in time', () => {
  it('is shown as not yet known, and a command waits on before it says that the worker is busy', async () => {
    await startUnserved(client, 'held', 'waits');
    const worker = await pollWithoutAnswer(client, 'held');
    let waitedOn = 0;
    const runs: Runs = { ...runsWith(short), notYet: () => (waitedOn += 1) };
    const details = await describeRun(runs, 'waits');
    expect(details).toMatchObject({ busy: true, note: 'not yet: the worker is busy and has not answered.' });
    expect(details.gates).toEqual([expect.objectContaining({ name: 'review' })]);
    expect(waitedOn).toBe(0);
    const busy = decide(runs, 'waits', approval);
    await expect(busy).rejects.toBeInstanceOf(WorkerBusy);
    await expect(busy).rejects.toThrow(
      "the worker is busy and has not answered for 'waits'; sending this again is safe",
    );
    expect(waitedOn).toBe(2);

    await expect(decide(runsWith(short), 'waits', approval)).rejects.toBeInstanceOf(WorkerBusy);
    await worker.stop();
  });

  it('takes a decision once although it is sent again', async () => {
    const connection = await NativeConnection.connect({ address: temporal.address });
    const worker = await Worker.create({
      connection,
      taskQueue: 'slow',
      workflowBundle: await workflowBundle(path('./decide.workflows.ts'), [
        path('../../src/workflows/interceptors.ts'),
      ]),
    });
    await worker.runUntil(async () => {
      const handle = await client.workflow.start('answeringLate', { workflowId: 'late', taskQueue: 'slow' });
      const limits: { -readonly [name in keyof Limits]: number } = { ...loadSettings(patient).limits, answerMs: 300 };
      const runs = runsWith({});
      let waitedOn = 0;
      const answer = await decide(
        {
          ...runs,
          settings: { ...runs.settings, limits },
          notYet: () => {
            waitedOn += 1;
            limits.answerMs = 60_000;
            void handle.signal('answer');
          },
        },
        'late',
        approval,
      );
      expect(answer).toMatchObject({ status: 'accepted', outcome: 'approved', votes: 1 });
      expect(waitedOn).toBe(1);
      expect(await handle.result()).toBe(1);
    });
    await connection.close();
  });
});
