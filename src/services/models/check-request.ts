import { invalid } from '../../failures.ts';

/** Fails with `ModelRequestInvalid` unless there is something to tell apart. */
export function checkLabels(labels: readonly string[]): readonly string[] {
  if (new Set(labels).size < 2) {
    throw invalid('ModelRequestInvalid', `labels: expected at least two different ones, got ${String(labels.length)}`);
  }
  return labels;
}

/** Fails with `ModelRequestInvalid` unless there is a route to choose. */
export function checkRoutes(routes: Readonly<Record<string, string>>): void {
  if (Object.keys(routes).length === 0) throw invalid('ModelRequestInvalid', 'routes: expected at least one, got none');
}
