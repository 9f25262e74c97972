/** What travels between a gate and the people who decide: shapes of the messages `decide`, `gates` and `progress`. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ProgressNode } from './run-state.ts';

/** A vote. Whoever sends it vouches for `by` and `roles`: client and inbox take the roles from the user directory. */
export interface Decision {
  /** May be left out when exactly one gate is open. */
  readonly gate?: string;
  /** `delegate` hands the sender's vote to the person in `to`. */
  readonly vote: 'approve' | 'reject' | 'delegate';
  readonly by: string;
  readonly roles?: readonly string[];
  readonly comment?: string;
  /** Needed with `reject`. */
  readonly reason?: string;
  /** The changed subject, where the gate allows changes; only with `approve`. */
  readonly edited?: unknown;
  /**
   * Hash of the subject as it was shown; a vote for another version is refused. Needed once an approver has changed the
   * subject.
   */
  readonly subjectHash?: string;
  /** Needed with `delegate`: who votes instead. */
  readonly to?: string;
}

/** What became of a vote. */
export type DecisionAnswer =
  | {
      readonly status: 'accepted';
      readonly gate: string;
      readonly outcome: 'approved' | 'rejected' | 'waiting';
      /** Votes of this kind so far, and how many of them decide: approvals, or rejections for a rejection. */
      readonly votes: number;
      readonly quorum: number;
    }
  | {
      readonly status: 'alreadyDecided';
      readonly gate: string;
      readonly outcome: 'approved' | 'rejected' | 'expired';
      readonly by: readonly string[];
    }
  | Refusal;

/** A vote that does not count, and why. */
export interface Refusal {
  readonly status: 'refused';
  readonly gate: string | null;
  readonly code:
    'noGate' | 'whichGate' | 'notAllowed' | 'ownRequest' | 'otherVote' | 'handedOver' | 'badShape' | 'subjectChanged';
  readonly reason: string;
}

/** One line of a gate's audit; `subject` is the hash of the version that was decided about. */
export interface AuditEntry {
  readonly at: string;
  readonly by: string;
  readonly what: string;
  readonly subject: string;
}

/** A vote that counts. */
export interface CountedVote {
  readonly by: string;
  readonly vote: 'approve' | 'reject';
  readonly at: string;
  readonly comment?: string;
  /** Whose vote it is, when somebody handed it over. */
  readonly for?: string;
}

/** A gate as the query `gates` shows it. Times are ISO. */
export interface GateView {
  readonly name: string;
  readonly state: 'open' | 'approved' | 'rejected' | 'expired';
  readonly subject: unknown;
  /** What an approver has changed; the votes are about the subject with these changes. */
  readonly edited?: unknown;
  /** Of the version that is decided about now. */
  readonly subjectHash: string;
  /** `role:reviewer` or `user:ada`. */
  readonly approvers: readonly string[];
  readonly requester: string | null;
  readonly quorum: number;
  readonly editable: boolean;
  /** Entries of the subject that are texts and may be changed, each alone: what a form can offer. */
  readonly editableTexts: readonly string[];
  readonly openedAt: string;
  readonly due: string;
  /** Those for the version that is decided about now; the audit has all. */
  readonly votes: readonly CountedVote[];
  /** Votes that were handed over. */
  readonly delegations?: readonly { readonly by: string; readonly to: string }[];
  readonly audit: readonly AuditEntry[];
}

export const decideUpdate = defineUpdate<DecisionAnswer, [Decision]>('decide');
export const decideSignal = defineSignal<[Decision]>('decide');
export const gatesQuery = defineQuery<GateView[]>('gates');
export const progressQuery = defineQuery<ProgressNode | undefined>('progress');
