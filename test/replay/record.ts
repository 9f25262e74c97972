/**
 * Records the histories that the replay test replays: `npm run record -- <process>…`, for a new process or a new version
 * of one. Without a name it records all of them.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import proto from '@temporalio/proto';
import type { Harness } from '../support/harness.ts';
import { catalog } from '../../src/catalog.ts';
import { listRecordings, recordingFile, type Recording } from './recordings/recording.ts';

const help = `Usage: npm run record -- [process…]

Records the histories of the named processes, or of all, as test/replay/recordings says, into test/replay.

Example: npm run record -- expense-approval`;

/** As plain JSON: enums by name, bytes in base64, long numbers as text. */
const plain = { enums: String, bytes: String, longs: String };

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
    const name = recordingFile(recording);
    await writeFile(new URL(`./${name}`, import.meta.url), JSON.stringify(history));
    console.log(name);
  }, recording.faults);
}

/** Why the named processes cannot be recorded, and what to do; `undefined` when they can. */
function refusalOf(wanted: readonly string[], listed: readonly Recording[]): string | undefined {
  const names = [...new Set(listed.map(({ process }) => process))].sort();
  for (const name of wanted) {
    if (names.includes(name)) continue;
    if (!catalog.some((process) => process.name === name)) {
      return `there is no process '${name}'. Those with recordings: ${names.join(', ')}.`;
    }
    return (
      `'${name}' has no recording yet: write test/replay/recordings/${name}.ts, ` +
      `which exports \`recordings\`; test/replay/recordings/expense-approval.ts shows how.`
    );
  }
  return undefined;
}

async function recordAll(recordings: readonly Recording[]): Promise<void> {
  // Only here: the SDK's runtime keeps the process alive from its import on until a worker has run.
  const { startShared } = await import('../support/shared/start.ts');
  const { startHarness } = await import('../support/harness.ts');
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

const wanted = process.argv.slice(2);
const listed = await listRecordings();
const refusal = wanted.includes('--help') ? undefined : refusalOf(wanted, listed);
if (wanted.includes('--help')) console.log(help);
else if (refusal === undefined)
  await recordAll(listed.filter((each) => wanted.length === 0 || wanted.includes(each.process)));
else {
  console.error(refusal);
  process.exitCode = 2;
}
