/** What the reader and its child processes say to each other. */
import type { RefusalType } from './refusal.ts';
import type { Reading } from './types.ts';

/** A child's answer for one document. */
export type ReadAnswer =
  | { readonly status: 'read'; readonly reading: Reading }
  | { readonly status: 'refused'; readonly type: RefusalType; readonly message: string };

/** Sent by a child when it starts on a document. */
export interface Started {
  readonly pid: number;
}

/** The child's argument that carries its memory limit in MB. */
export const memoryFlag = '--memory-mb=';

/** The signal a child ends itself with at its memory limit, so that its parent can tell that from being killed. */
export const memorySignal = 'SIGUSR2';
