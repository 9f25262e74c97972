/** What an exploration lets go wrong, and where: shared by the test, the workflow's interceptor and the activities'. */
import type { Category } from '../../../src/failures.ts';

/** Where a run can be hit. `start` and `close` are its first and its last task. */
export type PointKind = 'start' | 'activity' | 'localActivity' | 'timer' | 'child' | 'gate' | 'close';

/** A place where a run waits, named by its path in the progress tree; the same in every run of the same arguments. */
export interface Point {
  /** `stage / step / activity#1`: the number counts the same name under the same path. */
  readonly label: string;
  readonly kind: PointKind;
  /** Most attempts that the workflow allows an activity; 0 is without limit. */
  readonly attempts: number;
  /** Name and requester of a gate. */
  readonly gate?: { readonly name: string; readonly requester: string | null };
}

type Retried = 'transient' | 'resource' | 'dependency';

/** What an activity can do wrong. `unanswered`: its effect is done, its answer never comes, and it times out. */
type ActivityFault =
  | `fails: ${Category}`
  | `fails once: ${Retried}`
  | 'unanswered'
  | 'unanswered once'
  | 'cancelled after its effect'
  | 'completes though cancelled';

/** The run is cancelled while it waits there; `twice`: and again at the next point that it reaches. */
type CancelFault = 'cancelled' | 'cancelled twice';

/** What people can do wrong at a gate. */
type GateFault =
  | 'vote early'
  | 'vote late'
  | 'vote twice'
  | 'other vote after'
  | 'vote invalid'
  | 'vote by the requester'
  | 'vote against'
  | 'nobody votes';

/** The worker is stopped there, and another one with an empty cache goes on. */
export type FaultKind = ActivityFault | CancelFault | GateFault | 'restart';

export interface Fault {
  /** Label of the point. */
  readonly at: string;
  readonly kind: FaultKind;
}

/** What one run carries in its memo under {@link memoKey}. */
export interface Plan {
  /** Before every label: the path of a child workflow, the generation after continue-as-new. */
  readonly prefix: string;
  readonly faults: readonly Fault[];
}

export const memoKey = 'explore';
/** Header by which an activity learns its point and its faults. */
export const headerKey = 'explore';

export interface ActivityPlan {
  readonly label: string;
  readonly local: boolean;
  /** The workflow shields it from cancellation. */
  readonly shielded: boolean;
  /** Most attempts; 0 is without limit. */
  readonly attempts: number;
  readonly faults: readonly FaultKind[];
}
