/**
 * Lets the SDK's test environment fetch its server into a folder: `download dev-server|time-skipping FOLDER`. A process
 * of its own, because the download can neither be timed nor cancelled, and because the SDK takes over signal handling.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [kind, downloadDir] = process.argv.slice(2);
if (downloadDir === undefined) throw new Error('usage: download dev-server|time-skipping FOLDER');

const server = { executable: { type: 'cached-download', downloadDir } } as const;
try {
  const environment = await (kind === 'time-skipping'
    ? TestWorkflowEnvironment.createTimeSkipping({ server })
    : TestWorkflowEnvironment.createLocal({ server }));
  await environment.teardown();
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
}
