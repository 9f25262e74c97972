import { defineSearchAttributeKey, SearchAttributeType, type Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { log, upsertSearchAttributes } from '@temporalio/workflow';
import { badArgument } from './bad-argument.ts';
import { newClock, Notices, waitForEnd, type ClockState } from './gate-deadline.ts';
import type { AuditEntry, Decision, DecisionAnswer, GateView, Refusal } from './gate-messages.ts';
import { Ballot, type BallotState, type EditSchema } from './gate-votes.ts';
import { fingerprint } from './fingerprint.ts';
import { carried, carry, type Continuation } from './resume.ts';
import { currentNode, rootNode, track } from './run-state.ts';

/** What a person decided. `expired`: nobody did in time. */
export type GateDecision<E> =
  | {
      readonly status: 'approved';
      readonly by: readonly string[];
      readonly edited?: E;
      readonly audit: readonly AuditEntry[];
    }
  | {
      readonly status: 'rejected';
      /** Whose rejection decided; with a quorum of rejections the last of them. */
      readonly by: string;
      readonly reason: string;
      readonly audit: readonly AuditEntry[];
    }
  | { readonly status: 'expired'; readonly audit: readonly AuditEntry[] };

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

export interface Gate<E> {
  readonly name: string;
  /**
   * Waits for the decision; reminders and escalations happen while it does. Cancelling the run closes the gate and ends
   * as CANCELLED. On replay the same votes arrive in the same order.
   */
  decision(): Promise<GateDecision<E>>;
}

const gatesKey = defineSearchAttributeKey('FermataGates', SearchAttributeType.KEYWORD_LIST);
const dueKey = defineSearchAttributeKey('FermataDue', SearchAttributeType.DATETIME);
const gates = new Map<string, OpenGate<unknown>>();
const opened = new Map<string, number>();

/** What goes along to a run that goes on with this one. */
interface SavedGate {
  readonly subject: string;
  readonly openedAt: number;
  readonly due: number;
  readonly ballot: BallotState;
  readonly clock: ClockState;
}

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
  try {
    return judge(sent);
  } catch (error) {
    // A schema of the process may throw; in a handler that would stop the run.
    log.error('a decision could not be judged', { error: String(error) });
    return refuse('badShape', 'the decision could not be judged; the log of the worker says why');
  }
}

function judge(sent: unknown): DecisionAnswer {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    return refuse('badShape', 'expected { gate, vote, by }');
  }
  const decision = sent as Readonly<Record<keyof Decision, unknown>>;
  if (decision.gate !== undefined && typeof decision.gate !== 'string')
    return refuse('badShape', 'gate: expected a name');
  const open = [...gates.values()].filter((gate) => gate.isOpen());
  const wanted =
    decision.gate ?? (open.length === 1 ? open[0]?.name : gates.size === 1 ? [...gates.keys()][0] : undefined);
  if (wanted === undefined) {
    if (open.length === 0) return refuse('noGate', 'no gate is open');
    return refuse('whichGate', `several gates are open: ${open.map((gate) => gate.name).join(', ')}`);
  }
  const gate = gates.get(wanted);
  if (!gate) return { ...refuse('noGate', `there is no gate '${wanted.slice(0, 200)}'`), gate: wanted.slice(0, 200) };
  const answer = gate.vote(decision);
  log.info('decision', { gate: wanted, by: decision.by, vote: decision.vote, answer: answer.status });
  return answer;
}

class OpenGate<E> implements Gate<E> {
  readonly name: string;
  private readonly options: GateOptions<E>;
  private readonly subject: string;
  private readonly openedAt: number;
  private readonly due: number;
  private readonly ballot: Ballot;
  private readonly clock: ClockState;
  private readonly remindEvery: number;
  private decided: Promise<GateDecision<E>> | undefined;

  constructor(options: GateOptions<E>) {
    const place = placeOf(options.name);
    const before = carried(place) as SavedGate | undefined;
    this.options = options;
    this.name = options.name;
    this.subject = subjectHash(options);
    // Votes were about what people saw: a gate about something else begins anew.
    const saved = before?.subject === this.subject ? before : undefined;
    this.openedAt = saved?.openedAt ?? Date.now();
    this.due = saved?.due ?? this.openedAt + msToNumber(options.timeout);
    this.remindEvery = options.remindEvery === undefined ? Infinity : msToNumber(options.remindEvery);
    this.ballot = new Ballot(options, this.openedAt, this.due, saved?.ballot);
    this.clock = saved?.clock ?? newClock(this.openedAt, this.remindEvery);
    carry(place, (how) => this.save(how));
  }

  isOpen(): boolean {
    return this.ballot.state === 'open';
  }

  decision(): Promise<GateDecision<E>> {
    this.decided ??= track('gate', this.name, async (own) => {
      await this.waitForVotes();
      own.outcome = this.ballot.state;
      return this.outcome();
    });
    return this.decided;
  }

  vote(sent: Readonly<Record<keyof Decision, unknown>>): DecisionAnswer {
    return this.ballot.vote(sent, Date.now());
  }

  view(): GateView {
    return {
      name: this.name,
      subject: this.options.subject,
      requester: this.options.requester ?? null,
      quorum: this.options.quorum ?? 1,
      editable: this.options.editable !== undefined,
      openedAt: new Date(this.openedAt).toISOString(),
      due: new Date(this.due).toISOString(),
      ...this.ballot.view(),
    };
  }

  /** The end of this gate, which nothing moves. */
  dueAt(): number {
    return this.due;
  }

  attributes(): readonly string[] {
    return [`gate:${this.name}`, ...this.ballot.approvers];
  }

  /** A run that is over has asked in vain where nobody has decided: whoever goes on with it asks again. */
  private save(how: Continuation): SavedGate | undefined {
    const { state } = this.ballot;
    const isOver = rootNode()?.state !== 'running';
    if (state === 'open' ? isOver : how === 'anew' || (isOver && state === 'expired')) return undefined;
    const { subject, openedAt, due, clock } = this;
    return { subject, openedAt, due, clock, ballot: this.ballot.save() };
  }

  private async waitForVotes(): Promise<void> {
    const notices = new Notices();
    const tell = (event: 'reminder' | 'escalation'): void => {
      const { notify } = this.options;
      if (notify) notices.send(this.name, () => notify(event, this.view()));
    };
    const { openedAt, due, remindEvery } = this;
    const escalations = (this.options.escalate ?? [])
      .map(({ after, approvers }) => ({ at: openedAt + msToNumber(after), approvers }))
      .sort((a, b) => a.at - b.at);
    const timetable = {
      openedAt,
      due,
      remindEvery,
      escalations,
      isOpen: () => this.isOpen(),
      remind: () => tell('reminder'),
      escalate: (approvers: readonly string[]) => {
        this.ballot.escalate(approvers, Date.now());
        publish();
        tell('escalation');
      },
    };
    try {
      await waitForEnd(timetable, this.clock);
    } finally {
      notices.close();
      this.ballot.expire(Date.now(), Date.now() >= due ? 'nobody decided in time' : 'the run went on without it');
      publish();
    }
  }

  private outcome(): GateDecision<E> {
    const { state, votes, audit } = this.ballot.save();
    const by = this.ballot.deciders();
    if (state === 'approved') {
      const edited = this.ballot.edited() as E | undefined;
      return { status: 'approved', by, ...(edited === undefined ? {} : { edited }), audit };
    }
    if (state !== 'rejected') return { status: 'expired', audit };
    return { status: 'rejected', by: votes.at(-1)?.by ?? '', reason: this.ballot.save().reason, audit };
  }
}

/** The same in a run that goes on with this one: where the gate stands in the tree, and its turn there. */
function placeOf(name: string): string {
  const place = `gate:${currentNode()?.path ?? ''}/${name}`;
  const turn = (opened.get(place) ?? 0) + 1;
  opened.set(place, turn);
  return turn === 1 ? place : `${place}#${String(turn)}`;
}

function subjectHash({ name, subject }: { readonly name: string; readonly subject: unknown }): string {
  try {
    return fingerprint(subject);
  } catch (error) {
    throw badArgument(`gate '${name}': expected a subject of plain JSON (${String(error)})`);
  }
}

function refuse(code: Refusal['code'], reason: string): Refusal {
  return { status: 'refused', gate: null, code, reason };
}

function publish(): void {
  const open = [...gates.values()].filter((gate) => gate.isOpen());
  const names = [...new Set(open.flatMap((gate) => gate.attributes()))];
  const due = Math.min(...open.map((gate) => gate.dueAt()));
  upsertSearchAttributes([
    { key: gatesKey, value: open.length > 0 ? names : null },
    { key: dueKey, value: open.length > 0 ? new Date(due) : null },
  ]);
}

function check(options: GateOptions<never> | GateOptions<unknown>): void {
  const { name, approvers, quorum = 1, rejections = 'veto', escalate = [] } = options;
  if (name === '') throw badArgument('gate: expected a name, got an empty one');
  const bad = (what: string): Error => badArgument(`gate '${name}': ${what}`);
  if (gates.get(name)?.isOpen()) throw badArgument(`gate: '${name}' is open already`);
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
