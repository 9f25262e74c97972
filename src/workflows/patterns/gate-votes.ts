/** The ballot of a gate: who may vote, what counts, what the audit says. Knows no clock and no timers. */
import { fingerprint } from './fingerprint.ts';
import type { AuditEntry, CountedVote, Decision, DecisionAnswer, GateView, Refusal } from './gate-messages.ts';
import { shapeProblem } from './gate-shape.ts';

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Anything with zod's `safeParse`. */
export interface EditSchema<E> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: E } | { readonly success: false; readonly error: Error };
}

/** The rules of a ballot. */
interface Rules {
  readonly name: string;
  readonly subject: unknown;
  readonly approvers: readonly string[];
  readonly requester?: string | undefined;
  readonly quorum?: number;
  readonly rejections?: 'veto' | { readonly quorum: number };
  readonly editable?: EditSchema<unknown>;
}

/** All that a ballot remembers, as JSON: what is carried over when a run continues as new. */
export interface BallotState {
  state: GateView['state'];
  approvers: string[];
  /** Hash of the version that is voted on, and what made it differ from the subject. */
  hash: string;
  change?: { readonly edited: unknown };
  votes: CountedVote[];
  delegations: { readonly by: string; readonly to: string }[];
  audit: AuditEntry[];
  refusals: number;
  reason: string;
}

/** Refused votes kept in the audit; what comes after them is counted only. */
const keptRefusals = 200;

/** Times are milliseconds since 1970. The same votes at the same times give the same answers. */
export class Ballot {
  private readonly rules: Rules;
  private readonly due: number;
  private readonly own: BallotState;

  /** `saved` goes on with an earlier ballot about the same subject. */
  constructor(rules: Rules, openedAt: number, due: number, saved?: BallotState) {
    this.rules = rules;
    this.due = due;
    this.own = saved ?? {
      state: 'open',
      approvers: [...new Set(rules.approvers)],
      hash: fingerprint(rules.subject),
      votes: [],
      delegations: [],
      audit: [],
      refusals: 0,
      reason: '',
    };
    if (!saved) this.note(openedAt, 'fermata', `opened for ${rules.approvers.join(', ')}`);
  }

  get state(): GateView['state'] {
    return this.own.state;
  }

  get approvers(): readonly string[] {
    return this.own.approvers;
  }

  /** What `saved` takes. */
  save(): BallotState {
    return this.own;
  }

  /** Lets a vote count, or says why it does not. Everything that was sent ends up in the audit. */
  vote(sent: Readonly<Record<keyof Decision, unknown>>, now: number): DecisionAnswer {
    const shape = shapeProblem(sent) ?? this.changeProblem(sent.edited);
    if (shape !== undefined) return this.refused(sent, now, this.refuse('badShape', shape));
    const decision = sent as Decision;
    if (this.isRepeated(decision)) return this.accepted(decision);
    if (this.own.state === 'open' && now >= this.due) this.expire(now, 'nobody decided in time');
    const refusal =
      this.closed() ?? (decision.vote === 'delegate' ? this.delegateRefusal(decision) : this.voteRefusal(decision));
    if (refusal) return this.refused(sent, now, refusal);
    if (decision.vote === 'delegate') this.delegate(decision, now);
    else this.count(decision, decision.vote, now);
    return this.accepted(decision);
  }

  /** Closes an undecided ballot. */
  expire(now: number, why: string): void {
    if (this.own.state !== 'open') return;
    this.own.state = 'expired';
    this.note(now, 'fermata', `closed: ${why}`);
  }

  /** Widens the circle of approvers; votes are kept. */
  escalate(approvers: readonly string[], now: number): void {
    this.own.approvers = [...new Set([...this.own.approvers, ...approvers])];
    this.note(now, 'fermata', `escalated to ${approvers.join(', ')}`);
  }

  /** Who decided; nobody when it expired. */
  deciders(): readonly string[] {
    const { state, votes } = this.own;
    const winning = state === 'approved' ? 'approve' : state === 'rejected' ? 'reject' : undefined;
    return votes.filter((each) => each.vote === winning).map((each) => each.by);
  }

  /** What an approver changed, through the gate's schema. */
  edited(): unknown {
    if (!this.own.change) return undefined;
    const parsed = this.rules.editable?.safeParse(this.own.change.edited);
    return parsed?.success === true ? parsed.data : this.own.change.edited;
  }

  /** The part of the view that votes make. */
  view(): Pick<GateView, 'state' | 'subjectHash' | 'approvers' | 'votes' | 'audit' | 'delegations' | 'edited'> {
    const { state, hash, approvers, votes, delegations, audit, change } = this.own;
    return {
      state,
      subjectHash: hash,
      approvers,
      votes,
      audit,
      ...(delegations.length === 0 ? {} : { delegations }),
      ...(change === undefined ? {} : { edited: change.edited }),
    };
  }

  /** The same message again, about the same version: it has been counted and gets the same answer. */
  private isRepeated(decision: Decision): boolean {
    if (decision.vote === 'delegate') {
      return this.own.delegations.some((each) => each.by === decision.by && each.to === decision.to);
    }
    const about = this.versionOf(decision) ?? this.own.hash;
    return about === this.own.hash && this.voteOf(decision.by)?.vote === decision.vote;
  }

  private closed(): DecisionAnswer | undefined {
    const outcome = this.own.state;
    return outcome === 'open'
      ? undefined
      : { status: 'alreadyDecided', gate: this.rules.name, outcome, by: this.deciders() };
  }

  private voteRefusal(decision: Decision): Refusal | undefined {
    const { by } = decision;
    if (by === this.rules.requester) return this.refuse('ownRequest', `${by} asked for this and cannot decide it`);
    const handed = this.own.delegations.find((each) => each.by === by);
    if (!this.hasRight(decision)) {
      if (!this.delegatorOf(by)) return this.notAllowed(by);
    } else if (handed && this.own.votes.some((each) => each.for === by)) {
      return this.refuse('handedOver', `${handed.to} has voted for ${by}`);
    }
    const earlier = this.voteOf(by);
    if (earlier && earlier.vote !== decision.vote)
      return this.refuse('otherVote', `${by} voted '${earlier.vote}' before`);
    // Once somebody has changed the subject, only the hash says which version the voter has seen.
    const seen = decision.subjectHash ?? (this.own.change ? undefined : this.own.hash);
    if (seen !== this.own.hash && this.versionOf(decision) !== this.own.hash) {
      return this.refuse('subjectChanged', 'what is decided about has changed since it was shown; look again');
    }
    return undefined;
  }

  private delegateRefusal(decision: Decision): Refusal | undefined {
    const { by, to = '' } = decision;
    const { requester, name } = this.rules;
    if (by === requester || to === requester) {
      return this.refuse('ownRequest', `${requester} asked for this and cannot decide it`);
    }
    if (!this.hasRight(decision)) return this.notAllowed(by);
    if (this.voteOf(by)) return this.refuse('otherVote', `${by} has voted`);
    const used = this.own.votes.find((each) => each.for === by);
    if (used) return this.refuse('handedOver', `${used.by} has voted for ${by}`);
    if (this.own.approvers.includes(`user:${to}`) || this.voteOf(to)) {
      return this.refuse('notAllowed', `${to} has a vote at '${name}' already, and a person has one`);
    }
    const other = this.delegatorOf(to);
    return other === undefined ? undefined : this.refuse('notAllowed', `${to} votes for ${other} already`);
  }

  private delegate(decision: Decision, now: number): void {
    const { by, to = '' } = decision;
    this.own.delegations = [...this.own.delegations.filter((each) => each.by !== by), { by, to }];
    this.note(now, by, described(decision, `handed over to ${to}`));
  }

  private count(decision: Decision, vote: CountedVote['vote'], now: number): void {
    const { by } = decision;
    const about = this.versionOf(decision) ?? this.own.hash;
    if (about !== this.own.hash) this.change(by, about, decision.edited, now);
    const right = this.hasRight(decision);
    const whose = right ? undefined : this.delegatorOf(by);
    if (right) this.own.delegations = this.own.delegations.filter((each) => each.by !== by);
    const said = decision.comment ?? decision.reason;
    const at = new Date(now).toISOString();
    this.own.votes.push({
      by,
      vote,
      at,
      ...(said === undefined ? {} : { comment: said }),
      ...(whose === undefined ? {} : { for: whose }),
    });
    this.note(now, by, described(decision, whose === undefined ? 'counted' : `counted for ${whose}`));
    if (this.tally(vote) < this.needed(vote)) return;
    this.own.state = vote === 'approve' ? 'approved' : 'rejected';
    this.own.reason = vote === 'reject' ? (decision.reason ?? decision.comment ?? '') : '';
  }

  /** Makes a new version of the subject: what was voted on before is no longer what is decided about. */
  private change(by: string, hash: string, edited: unknown, now: number): void {
    const dropped = this.own.votes.length;
    this.own.hash = hash;
    this.own.change = { edited };
    this.own.votes = [];
    if (dropped > 0) this.note(now, by, `changed the subject; ${String(dropped)} earlier votes no longer count`);
  }

  /** Hash of the version that a vote names; `undefined` when it names none. */
  private versionOf(decision: Decision): string | undefined {
    if (decision.edited === undefined) return decision.subjectHash;
    return fingerprint({ subject: this.rules.subject, edited: decision.edited });
  }

  private changeProblem(edited: unknown): string | undefined {
    if (edited === undefined) return undefined;
    if (!this.rules.editable) return 'edited: this gate takes no changes';
    const parsed = this.rules.editable.safeParse(edited);
    return parsed.success ? undefined : `edited: ${reasonOf(parsed.error)}`;
  }

  private hasRight({ by, roles = [] }: Decision): boolean {
    return [`user:${by}`, ...roles.map((role) => `role:${role}`)].some((each) => this.own.approvers.includes(each));
  }

  private voteOf(by: string): CountedVote | undefined {
    return this.own.votes.find((each) => each.by === by);
  }

  private delegatorOf(to: string): string | undefined {
    return this.own.delegations.find((each) => each.to === to)?.by;
  }

  private tally(vote: CountedVote['vote']): number {
    return this.own.votes.filter((each) => each.vote === vote).length;
  }

  private needed(vote: CountedVote['vote']): number {
    if (vote === 'approve') return this.rules.quorum ?? 1;
    return typeof this.rules.rejections === 'object' ? this.rules.rejections.quorum : 1;
  }

  private accepted(decision: Decision): DecisionAnswer {
    const kind = decision.vote === 'reject' ? 'reject' : 'approve';
    const { state } = this.own;
    return {
      status: 'accepted',
      gate: this.rules.name,
      outcome: state === 'open' || state === 'expired' ? 'waiting' : state,
      votes: this.tally(kind),
      quorum: this.needed(kind),
    };
  }

  private notAllowed(by: string): Refusal {
    return this.refuse('notAllowed', `${by} may not decide this; it takes ${this.own.approvers.join(' or ')}`);
  }

  private refuse(code: Refusal['code'], reason: string): Refusal {
    return { status: 'refused', gate: this.rules.name, code, reason };
  }

  private refused<A extends DecisionAnswer>(
    sent: Readonly<Record<keyof Decision, unknown>>,
    now: number,
    answer: A,
  ): A {
    this.own.refusals += 1;
    const by = typeof sent.by === 'string' ? sent.by.slice(0, 200) : 'unknown';
    const became = answer.status === 'refused' ? answer.reason : answer.status;
    if (this.own.refusals <= keptRefusals) this.note(now, by, described(sent, became));
    else if (this.own.refusals === keptRefusals + 1) this.note(now, 'fermata', 'further refused votes are not kept');
    return answer;
  }

  private note(now: number, by: string, what: string): void {
    this.own.audit.push({ at: new Date(now).toISOString(), by, what: what.slice(0, 500), subject: this.own.hash });
  }
}

/** How a vote reads in the audit. */
function described(sent: Readonly<Partial<Record<keyof Decision, unknown>>>, became: string): string {
  const vote = typeof sent.vote === 'string' ? sent.vote.slice(0, 20) : 'no vote';
  const said = sent.reason ?? sent.comment;
  const edited = sent.edited === undefined ? '' : ' with changes';
  return `${vote}${edited}: ${became}${typeof said === 'string' ? ` (${said})` : ''}`;
}

/** One line of a schema's complaint, whether it comes as zod's issues or as a plain error. */
function reasonOf(error: Error & { readonly issues?: readonly Issue[] }): string {
  return (
    error.issues?.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ') ?? error.message
  );
}
