import { rootOf } from '../failures.ts';

/** What went wrong, in the words of whoever said so first: an activity, a child, whatever stages lie between. */
export function reasonOf(error: unknown): string {
  const root = rootOf(error);
  return root instanceof Error ? root.message : String(root);
}
