import { metricMeter } from '@temporalio/workflow';
import { currentNode, track } from './run-state.ts';

/**
 * Takes one of several paths, and records which: as outcome of the node above, as a node of its own, and in the metric
 * `fermata_path_taken`, so that one can see which share of runs goes where. A replay counts nothing again.
 */
export async function takePath<T>(name: string, work: () => Promise<T>): Promise<T> {
  notePath(name);
  return track('route', name, work);
}

/** Records that no path was found. */
export function noPath(): void {
  notePath('none');
}

function notePath(name: string): void {
  const parent = currentNode();
  if (parent) parent.outcome = `route ${name}`;
  metricMeter.createCounter('fermata_path_taken').add(1, { path: name });
}
