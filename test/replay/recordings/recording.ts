import { readdir } from 'node:fs/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../../src/activities/index.ts';
import type { Harness } from '../../support/harness.ts';
import { untilOpen } from '../../support/process.ts';

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
  await untilOpen(handle);
  await handle.executeUpdate('decide', { args: [{ vote: 'approve', by, roles }] });
}

/** Every recording that is written down in this folder. */
export async function listRecordings(): Promise<Recording[]> {
  const files = await readdir(new URL('./', import.meta.url));
  const recordings: Recording[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts') && name !== 'recording.ts')) {
    const module = (await import(new URL(file, import.meta.url).href)) as { recordings: readonly Recording[] };
    recordings.push(...module.recordings);
  }
  return recordings;
}

/** Name of the file that holds the history of a recording. */
export function recordingFile({ process, name }: Pick<Recording, 'process' | 'name'>): string {
  return `${process}.${name}.json`;
}
