import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import { decide } from '../../src/runs/decide.ts';
import { workflowBundle } from '../support/bundles.ts';
import '../support/runtime.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let temporal: Awaited<ReturnType<typeof throwAwayTemporal>>;
beforeAll(async () => {
  temporal = await throwAwayTemporal();
});
afterAll(() => temporal.stop());

describe('deciding', () => {
  it('says what became of the gate when the run is terminated before it has answered', async () => {
    // A server that skips time never answers an update whose run has closed.
    const { address } = temporal;
    const connection = await NativeConnection.connect({ address });
    const client = new Client({ connection: await Connection.connect({ address }) });
    const worker = await Worker.create({
      connection,
      taskQueue: 'deciding',
      workflowBundle: await workflowBundle(path('./decide.workflows.ts'), [
        path('../../src/workflows/interceptors.ts'),
      ]),
    });
    await worker.runUntil(async () => {
      const workflowId = 'undecided';
      const handle = await client.workflow.start('neverAnswering', { workflowId, taskQueue: 'deciding' });
      const runs = { client, settings: loadSettings({}), close: async () => undefined };
      const answer = decide(runs, workflowId, { gate: 'release', vote: 'approve', by: 'ada' });
      const accepted = async (): Promise<boolean> => {
        const { events } = await handle.fetchHistory();
        return events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes) ?? false;
      };
      while (!(await accepted()));
      await handle.terminate();
      expect(await answer).toEqual({ status: 'alreadyDecided', gate: 'release', outcome: 'expired', by: [] });
    });
    await client.connection.close();
    await connection.close();
  });
});
