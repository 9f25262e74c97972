/**
 * Records the histories that the replay test replays: `npm run record -- <process>…`, for a new process or a new version
 * of one. Without a name it records all of them.
 */
import { randomUUID } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import proto from '@temporalio/proto';
import { startHarness, type Harness } from '../support/harness.ts';
import { startShared } from '../support/shared/start.ts';
import type { Recording } from './recordings/recording.ts';

/** As plain JSON: enums by name, bytes in base64, long numbers as text. */
const plain = { enums: String, bytes: String, longs: String };
const folder = new URL('./recordings/', import.meta.url);

async function record(harness: Harness, recording: Recording): Promise<void> {
  const args = await recording.args(harness);
  await harness.withWorker(async (taskQueue) => {
    const workflowId = `recorded-${randomUUID()}`;
    const handle = await harness.client.workflow.start(recording.workflowType, { taskQueue, workflowId, args });
    await recording.drive?.(handle);
    await handle.result().catch((error: unknown) => {
      console.log(`  ended with ${String(error)}`);
    });
    const { History } = proto.temporal.api.history.v1;
    const fetched = History.fromObject(await handle.fetchHistory());
    // The test server leaves out what children are named after.
    const begun = fetched.events[0]?.workflowExecutionStartedEventAttributes;
    if (begun) begun.workflowId = workflowId;
    const history = History.toObject(fetched, plain);
    const name = `${recording.process}.${recording.name}.json`;
    await writeFile(new URL(`./${name}`, import.meta.url), JSON.stringify(history));
    console.log(name);
  }, recording.faults);
}

async function recordingsOf(file: string): Promise<readonly Recording[]> {
  return ((await import(new URL(file, folder).href)) as { recordings: readonly Recording[] }).recordings;
}

const wanted = process.argv.slice(2);
const files = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'recording.ts');
const recordings = (await Promise.all(files.map(recordingsOf)))
  .flat()
  .filter((each) => wanted.length === 0 || wanted.includes(each.process));
if (recordings.length === 0) {
  console.error(`nothing to record for ${wanted.join(', ')}; there is: ${files.join(', ')}`);
  process.exitCode = 1;
} else {
  const shared = await startShared();
  try {
    const harness = await startHarness();
    try {
      for (const recording of recordings) await record(harness, recording);
    } finally {
      await harness.stop();
    }
  } finally {
    await shared.stop();
  }
}
