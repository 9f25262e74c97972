import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../../src/activities/index.ts';
import type { Harness } from '../../support/harness.ts';

/** One history to record. It lands in `test/replay/<process>.<name>.json`. */
export interface Recording {
  readonly process: string;
  readonly name: string;
  /** The exported workflow function. */
  readonly workflowType: string;
  /** The workflow's arguments, once the harness is up. */
  args(harness: Harness): Promise<unknown[]>;
  /** Votes and signals while the run is on its way. */
  drive?(handle: WorkflowHandle): Promise<void>;
  readonly faults?: (real: Activities) => Partial<Activities>;
}

/** Waits until a gate is open, then approves it. */
export async function approve(handle: WorkflowHandle, by: string, roles: readonly string[]): Promise<void> {
  const isOpen = async (): Promise<boolean> =>
    (await handle.query<{ state: string }[]>('gates')).some(({ state }) => state === 'open');
  while (!(await isOpen())) await new Promise((done) => setTimeout(done, 100));
  await handle.executeUpdate('decide', { args: [{ vote: 'approve', by, roles }] });
}
