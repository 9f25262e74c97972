import { defineSearchAttributeKey, SearchAttributeType, type Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { CancellationScope, condition, log, upsertSearchAttributes } from '@temporalio/workflow';
import { fingerprint } from './fingerprint.ts';
import { gateAudit, type AuditEntry, type Decision, type DecisionAnswer, type GateView } from './gate-messages.ts';
import { badArgument } from './route.ts';
import { track } from './run-state.ts';

/** What a person decided. `expired`: nobody did in time. */
export type GateDecision<E> =
  | {
      readonly status: 'approved';
      readonly by: readonly string[];
      readonly edited?: E;
      readonly audit: readonly AuditEntry[];
    }
  | { readonly status: 'rejected'; readonly by: string; readonly reason: string; readonly audit: readonly AuditEntry[] }
  | { readonly status: 'expired'; readonly audit: readonly AuditEntry[] };

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Anything with zod's `safeParse`. */
interface EditSchema<E> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: E } | { readonly success: false; readonly error: Error };
}

export interface GateOptions<E> {
  /** Unique among the gates that are open at the same time. */
  readonly name: string;
  /** What is decided about; shown to the approver. A vote for another version of it is refused. */
  readonly subject: unknown;
  /** `role:physician` or `user:ada`; at least one. */
  readonly approvers: readonly string[];
  /** Who asked; never allowed to decide. */
  readonly requester?: string | undefined;
  /** Approvals by different persons that it takes. @default 1 */
  readonly quorum?: number;
  /** From creation; absolute: nothing moves it. */
  readonly timeout: Duration;
  /** Time between reminders until the decision. @default none */
  readonly remindEvery?: Duration;
  /** Widens the circle of approvers after a time from creation; votes are kept. */
  readonly escalate?: readonly { readonly after: Duration; readonly approvers: readonly string[] }[];
  /** Allows an approver to change the subject; checked before the vote counts. */
  readonly editable?: EditSchema<E>;
  /** Tells people; called for each event after the opening, never after the decision. */
  readonly notify?: (event: 'reminder' | 'escalation', gate: GateView) => Promise<unknown>;
}

export interface Gate<E> {
  readonly name: string;
  /**
   * Waits for the decision. Cancelling the run closes the gate and ends as CANCELLED. On replay the same votes arrive
   * in the same order.
   */
  decision(): Promise<GateDecision<E>>;
}

const gatesKey = defineSearchAttributeKey('FermataGates', SearchAttributeType.KEYWORD_LIST);
const dueKey = defineSearchAttributeKey('FermataDue', SearchAttributeType.DATETIME);
const gates = new Map<string, OpenGate<unknown>>();

/**
 * Opens a gate: a durable task for a person. It listens from creation; several may be open at once, each by name.
 *
 * A decision arrives as the update `decide` (answered at once) or the signal `decide`. One that does not count is
 * refused with a reason and never hurts the run. What waits is published as the search attributes `FermataGates` and
 * `FermataDue`, and cleared when the gate closes. Bad options fail the run at once with `BadArgument`.
 */
export function approvalGate<E = never>(options: GateOptions<E>): Gate<E> {
  check(options);
  const gate = new OpenGate(options);
  gates.set(options.name, gate);
  publish();
  return gate;
}

/** Every gate of this run, open and closed; the answer to the query `gates`. */
export function listGates(): GateView[] {
  return [...gates.values()].map((gate) => gate.view());
}

/** Lets a decision count, or says why it does not; the handler of update and signal `decide`. Never throws. */
export function decide(sent: unknown): DecisionAnswer {
  if (typeof sent !== 'object' || sent === null) {
    return { status: 'refused', gate: null, code: 'badShape', reason: 'expected { gate, vote, by }' };
  }
  const decision = sent as Decision;
  const open = [...gates.values()].filter((gate) => gate.state === 'open');
  const wanted =
    decision.gate ?? (open.length === 1 ? open[0]?.name : gates.size === 1 ? [...gates.keys()][0] : undefined);
  if (wanted === undefined) {
    const code = open.length === 0 ? 'noGate' : 'whichGate';
    const reason =
      open.length === 0 ? 'no gate is open' : `several gates are open: ${open.map((gate) => gate.name).join(', ')}`;
    return { status: 'refused', gate: null, code, reason };
  }
  const gate = gates.get(wanted);
  if (!gate) return { status: 'refused', gate: wanted, code: 'noGate', reason: `there is no gate '${wanted}'` };
  const answer = gate.vote(decision);
  log.info('decision', { gate: wanted, by: decision.by, vote: decision.vote, answer: answer.status });
  return answer;
}

class OpenGate<E> implements Gate<E> {
  readonly name: string;
  state: GateView['state'] = 'open';
  private readonly options: GateOptions<E>;
  private readonly openedAt = Date.now();
  private readonly due: number;
  private readonly subjectHash: string;
  private readonly approvers: Set<string>;
  private readonly votes: GateView['votes'][number][] = [];
  private readonly audit: AuditEntry[] = [];
  private reason = '';
  private edited: E | undefined;

  constructor(options: GateOptions<E>) {
    this.options = options;
    this.name = options.name;
    this.due = this.openedAt + msToNumber(options.timeout);
    this.subjectHash = fingerprint(options.subject);
    this.approvers = new Set(options.approvers);
    this.note('fermata', `opened for ${options.approvers.join(', ')}`);
  }

  async decision(): Promise<GateDecision<E>> {
    return track('gate', this.name, async (own) => {
      try {
        await this.waitForVotes();
      } finally {
        if (this.state === 'open') this.state = 'expired';
        publish();
      }
      own.outcome = this.state;
      return this.outcome();
    });
  }

  view(): GateView {
    return {
      name: this.name,
      state: this.state,
      subject: this.options.subject,
      subjectHash: this.subjectHash,
      approvers: [...this.approvers],
      requester: this.options.requester ?? null,
      quorum: this.options.quorum ?? 1,
      editable: this.options.editable !== undefined,
      openedAt: new Date(this.openedAt).toISOString(),
      due: new Date(this.due).toISOString(),
      votes: this.votes,
      audit: this.audit,
    };
  }

  /** The earliest moment at which this gate needs attention. */
  dueAt(): number {
    return this.due;
  }

  attributes(): readonly string[] {
    return [`gate:${this.name}`, ...this.approvers];
  }

  vote(decision: Decision): DecisionAnswer {
    const refusal = this.refusal(decision);
    if (refusal) {
      this.note(nameOf(decision), gateAudit(decision, 'reason' in refusal ? refusal.reason : refusal.status));
      return refusal;
    }
    const said = decision.comment ?? decision.reason;
    const repeated = this.votes.some((each) => each.by === decision.by);
    if (!repeated) {
      const at = new Date().toISOString();
      this.votes.push({ by: decision.by, vote: decision.vote, at, ...(said === undefined ? {} : { comment: said }) });
      this.note(decision.by, gateAudit(decision, 'counted'));
      this.count(decision);
    }
    const outcome = this.state === 'open' || this.state === 'expired' ? 'waiting' : this.state;
    return { status: 'accepted', gate: this.name, outcome, votes: this.approvals(), quorum: this.options.quorum ?? 1 };
  }

  private count(decision: Decision): void {
    if (decision.vote === 'reject') {
      this.reason = decision.reason ?? decision.comment ?? '';
      this.state = 'rejected';
      return;
    }
    if (decision.edited !== undefined) this.edited = decision.edited as E;
    if (this.approvals() >= (this.options.quorum ?? 1)) this.state = 'approved';
  }

  private approvals(): number {
    return this.votes.filter((each) => each.vote === 'approve').length;
  }

  private refusal(decision: Decision): DecisionAnswer | undefined {
    const refuse = (code: Extract<DecisionAnswer, { status: 'refused' }>['code'], reason: string): DecisionAnswer => ({
      status: 'refused',
      gate: this.name,
      code,
      reason,
    });
    const shape = this.shapeProblem(decision as Record<keyof Decision, unknown>);
    if (shape !== undefined) return refuse('badShape', shape);
    const earlier = this.votes.find((each) => each.by === decision.by);
    if (earlier?.vote === decision.vote) return undefined;
    if (this.state === 'open' && Date.now() >= this.due) this.state = 'expired';
    if (this.state !== 'open') {
      const by = this.state === 'expired' ? [] : this.deciders();
      return { status: 'alreadyDecided', gate: this.name, outcome: this.state, by };
    }
    if (decision.by === this.options.requester)
      return refuse('ownRequest', `${decision.by} asked for this and cannot decide it`);
    const names = [`user:${decision.by}`, ...(decision.roles ?? []).map((role) => `role:${role}`)];
    if (!names.some((name) => this.approvers.has(name))) {
      return refuse('notAllowed', `${decision.by} may not decide this; it takes ${[...this.approvers].join(' or ')}`);
    }
    if (earlier) return refuse('otherVote', `${decision.by} voted '${earlier.vote}' before`);
    if (decision.subjectHash !== undefined && decision.subjectHash !== this.subjectHash) {
      return refuse('subjectChanged', 'what is decided about has changed since it was shown; look again');
    }
    return undefined;
  }

  private shapeProblem(decision: Readonly<Record<keyof Decision, unknown>>): string | undefined {
    if (typeof decision.by !== 'string' || decision.by === '') return 'by: expected the name of the person who decides';
    if (decision.vote !== 'approve' && decision.vote !== 'reject') return "vote: expected 'approve' or 'reject'";
    if (decision.vote === 'reject' && !decision.reason && !decision.comment) return 'reason: a rejection needs one';
    if (decision.edited === undefined) return undefined;
    if (!this.options.editable) return 'edited: this gate takes no changes';
    const parsed = this.options.editable.safeParse(decision.edited);
    return parsed.success ? undefined : `edited: ${reasonOf(parsed.error)}`;
  }

  private deciders(): readonly string[] {
    return this.votes
      .filter((each) => (each.vote === 'approve') === (this.state === 'approved'))
      .map((each) => each.by);
  }

  private outcome(): GateDecision<E> {
    const { audit } = this;
    if (this.state === 'approved') {
      return {
        status: 'approved',
        by: this.deciders(),
        ...(this.edited === undefined ? {} : { edited: this.edited }),
        audit,
      };
    }
    if (this.state === 'rejected')
      return { status: 'rejected', by: this.deciders()[0] ?? '', reason: this.reason, audit };
    return { status: 'expired', audit };
  }

  private async waitForVotes(): Promise<void> {
    const escalations = (this.options.escalate ?? [])
      .map((each) => ({ at: this.openedAt + msToNumber(each.after), approvers: each.approvers }))
      .sort((a, b) => a.at - b.at);
    const every = this.options.remindEvery === undefined ? Infinity : msToNumber(this.options.remindEvery);
    let reminder = this.openedAt + every;
    const isOpen = (): boolean => this.state === 'open';
    while (isOpen()) {
      const next = Math.min(this.due, reminder, escalations[0]?.at ?? Infinity);
      const wait = next - Date.now();
      if (wait > 0) await condition(() => !isOpen(), wait);
      if (!isOpen() || Date.now() >= this.due) return;
      if (escalations[0] && Date.now() >= escalations[0].at) await this.escalate(escalations.shift()?.approvers ?? []);
      if (Date.now() >= reminder) {
        reminder += every;
        await this.tell('reminder');
      }
    }
  }

  private async escalate(approvers: readonly string[]): Promise<void> {
    for (const approver of approvers) this.approvers.add(approver);
    this.note('fermata', `escalated to ${approvers.join(', ')}`);
    publish();
    await this.tell('escalation');
  }

  private async tell(event: 'reminder' | 'escalation'): Promise<void> {
    try {
      await this.options.notify?.(event, this.view());
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      log.warn('could not notify', { gate: this.name, event });
    }
  }

  private note(by: string, what: string): void {
    this.audit.push({ at: new Date().toISOString(), by, what, subject: this.subjectHash });
  }
}

/** One line of a schema's complaint, whether it comes as zod's issues or as a plain error. */
function reasonOf(error: Error & { readonly issues?: readonly Issue[] }): string {
  return (
    error.issues?.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ') ?? error.message
  );
}

function nameOf(decision: Decision): string {
  return typeof decision.by === 'string' ? decision.by : 'unknown';
}

function publish(): void {
  const open = [...gates.values()].filter((gate) => gate.state === 'open');
  const names = [...new Set(open.flatMap((gate) => gate.attributes()))];
  const due = Math.min(...open.map((gate) => gate.dueAt()));
  upsertSearchAttributes([
    { key: gatesKey, value: open.length > 0 ? names : null },
    { key: dueKey, value: open.length > 0 ? new Date(due) : null },
  ]);
}

function check(options: GateOptions<never> | GateOptions<unknown>): void {
  const { name, approvers, quorum = 1 } = options;
  if (name === '') throw badArgument('gate: expected a name, got an empty one');
  if (gates.get(name)?.state === 'open') throw badArgument(`gate: '${name}' is open already`);
  if (approvers.length === 0) throw badArgument(`gate '${name}': expected at least one approver, got none`);
  const wrong = approvers.find((each) => !/^(role|user):.+/.test(each));
  if (wrong !== undefined) throw badArgument(`gate '${name}': expected approvers as role:… or user:…, got '${wrong}'`);
  if (!(Number.isInteger(quorum) && quorum >= 1)) {
    throw badArgument(`gate '${name}': expected a quorum of at least 1, got ${String(quorum)}`);
  }
  if (!(msToNumber(options.timeout) > 0)) throw badArgument(`gate '${name}': expected a timeout above 0`);
}
