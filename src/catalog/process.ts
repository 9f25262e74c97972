import type { z } from 'zod';
import type { StoredFile } from '../services/files.ts';

/** A business process, as client, inbox, run pages and documentation know it. */
export interface Process {
  /** Name on the command line. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Name of the exported workflow function. */
  readonly workflowType: string;
  /** What the process takes; checked before anything starts. */
  readonly input: z.ZodType;
  /** Real input for a first run. */
  readonly sample: unknown;
  /** The entry of the input that says who asks for a run, and so may not approve it. @default 'requester' */
  readonly requester?: string;
  /** The update by which a run answers whoever started it, while it goes on. */
  readonly earlyAnswer?: string;
  /** Who decides at its gates: `role:…` or `user:…`. */
  readonly approvers: readonly string[];
  /** The input for one document, for processes that take documents. */
  readonly fromFile?: (document: StoredFile) => unknown;
  /** The workflow id for an input; the same id is the same work. Without it every start is new. */
  readonly runId?: (input: unknown) => string;
}
