import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { log, upsertSearchAttributes } from '@temporalio/workflow';
import { badArgument } from './bad-argument.ts';
import { newClock, Notices, waitForEnd, type ClockState } from './gate-deadline.ts';
import type { AuditEntry, Decision, DecisionAnswer, GateView, Refusal } from './gate-messages.ts';
import { checkGate, type GateOptions } from './gate-options.ts';
import { Ballot, type BallotState, type EditSchema } from './gate-votes.ts';
import { fingerprint } from './fingerprint.ts';
import { carried, carry, type Continuation } from './resume.ts';
import { currentNode, rootNode, track } from './run-state.ts';

export type { GateOptions } from './gate-options.ts';

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
  checkGate(options);
  if (gates.get(options.name)?.isOpen()) throw badArgument(`gate: '${options.name}' is open already`);
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
      editableTexts: editableTexts(this.options.subject, this.options.editable),
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

function editableTexts(subject: unknown, schema: EditSchema<unknown> | undefined): string[] {
  if (!schema || typeof subject !== 'object' || subject === null) return [];
  const texts = Object.entries(subject).filter(([, value]) => typeof value === 'string');
  return texts.map(([name]) => name).filter((name) => schema.safeParse({ [name]: 'some text' }).success);
}
