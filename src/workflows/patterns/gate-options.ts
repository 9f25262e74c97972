/** What a gate is told, and whether that makes sense. */
import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { badArgument } from './bad-argument.ts';
import type { GateView } from './gate-messages.ts';
import type { EditSchema } from './gate-votes.ts';

export interface GateOptions<E> {
  /** Unique among the gates that are open at the same time. */
  readonly name: string;
  /** What is decided about, as JSON; shown to the approver. A vote for another version of it is refused. */
  readonly subject: unknown;
  /** `role:physician` or `user:ada`; at least one. */
  readonly approvers: readonly string[];
  /** Who asked; never allowed to decide, nor to vote for somebody else. */
  readonly requester?: string | undefined;
  /** Approvals by different persons that it takes. @default 1 */
  readonly quorum?: number;
  /** What rejects: a single rejection, or so many by different persons. @default 'veto' */
  readonly rejections?: 'veto' | { readonly quorum: number };
  /** From creation; absolute: nothing moves it. */
  readonly timeout: Duration;
  /** Time between reminders until the decision. @default none */
  readonly remindEvery?: Duration;
  /** Widens the circle of approvers after a time from creation; votes are kept. */
  readonly escalate?: readonly { readonly after: Duration; readonly approvers: readonly string[] }[];
  /**
   * Allows an approver to change the subject; checked before the vote counts. A change makes a new version with a new
   * hash: votes for earlier versions no longer count, so that all who approved have approved the same.
   */
  readonly editable?: EditSchema<E>;
  /**
   * Tells people; called for each event after the opening, never after the decision. Nothing waits for it; a failure is
   * logged. One that is under way when the gate closes is cancelled.
   */
  readonly notify?: (event: 'reminder' | 'escalation', gate: GateView) => Promise<unknown>;
}

/** Throws `BadArgument` for options that make no sense. */
export function checkGate(options: GateOptions<never> | GateOptions<unknown>): void {
  const { name, approvers, quorum = 1, rejections = 'veto', escalate = [] } = options;
  if (name === '') throw badArgument('gate: expected a name, got an empty one');
  const bad = (what: string): Error => badArgument(`gate '${name}': ${what}`);
  if (approvers.length === 0) throw bad('expected at least one approver, got none');
  const wrong = [...approvers, ...escalate.flatMap((each) => each.approvers)].find(
    (each) => !/^(role|user):.+/.test(each),
  );
  if (wrong !== undefined) throw bad(`expected approvers as role:… or user:…, got '${wrong}'`);
  if (!isCount(quorum)) throw bad(`expected a quorum of at least 1, got ${String(quorum)}`);
  if (rejections !== 'veto' && !isCount(rejections.quorum)) {
    throw bad(`expected a quorum of rejections of at least 1, got ${String(rejections.quorum)}`);
  }
  if (!(milliseconds(options.timeout) > 0)) throw bad(`expected a timeout above 0, got ${String(options.timeout)}`);
  if (options.remindEvery !== undefined && !(milliseconds(options.remindEvery) > 0)) {
    throw bad(`expected remindEvery above 0, got ${String(options.remindEvery)}`);
  }
  const never = escalate.find(({ after }) => !(milliseconds(after) > 0));
  if (never) throw bad(`expected to escalate after more than 0, got ${String(never.after)}`);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** `NaN` for what is no duration: the SDK throws there, and a plain error would stop the run instead of failing it. */
function milliseconds(duration: Duration): number {
  try {
    return msToNumber(duration);
  } catch {
    return NaN;
  }
}
