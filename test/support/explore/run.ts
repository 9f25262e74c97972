/** One run of an exploration: what it reached, what went wrong in it, and how people vote at its gates. */
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { ActivitySession } from './activities.ts';
import type { Fault, FaultKind, Point } from './plan.ts';
import { Turns } from './turns.ts';
import { earlyVotes, votesAt, type Votes } from './votes.ts';

/** Signals by the label of the point at which each is sent. */
export type Signals = Readonly<Record<string, { readonly name: string; readonly value?: unknown }>>;

/** What goes wrong in a run, and what comes to it from outside. */
interface Script {
  readonly faults: readonly Fault[];
  readonly votes: Votes;
  readonly signals: Signals;
}

export class ExploredRun implements ActivitySession {
  /** Every point that was reached, by label. */
  readonly points = new Map<string, Point>();
  readonly faults: readonly Fault[];
  readonly closed: Promise<void>;
  isOver = false;
  /** When the run last gave a sign of life. */
  lastSign = Date.now();
  /** Labels of points at which the planned fault cannot happen. */
  readonly cannot = new Set<string>();
  private readonly turns: Turns;
  private readonly happened = new Set<string>();
  private readonly working = new Map<string, number>();
  private readonly votes: Votes;
  private readonly signals: Signals;
  private readonly restart: () => Promise<void>;
  private handle!: (handle: WorkflowHandleWithFirstExecutionRunId) => void;
  private readonly started: Promise<WorkflowHandleWithFirstExecutionRunId>;
  private cancelNext = false;
  private close!: () => void;

  constructor({ faults, votes, signals }: Script, restart: () => Promise<void>) {
    this.faults = faults;
    this.turns = new Turns(faults.some(({ kind }) => kind === 'restart'));
    this.votes = votes;
    this.signals = signals;
    this.restart = restart;
    this.closed = new Promise((resolve) => (this.close = resolve));
    this.started = new Promise((resolve) => (this.handle = resolve));
  }

  /** The run has closed. Nothing goes wrong any more, not even in another run of the same id. */
  end(): void {
    this.isOver = true;
    this.close();
  }

  hasStarted(handle: WorkflowHandleWithFirstExecutionRunId): void {
    this.handle(handle);
  }

  /** Faults that were planned and did not come about. */
  missed(): Fault[] {
    return this.faults.filter((fault) => !this.happened.has(fault.at) && !this.cannot.has(fault.at));
  }

  /** Activities that are at work right now, without those that fell silent on purpose. */
  atWork(): string[] {
    return [...this.working].filter(([, calls]) => calls > 0).map(([label]) => label);
  }

  injected(label: string): void {
    this.happened.add(label);
  }

  impossible(label: string): void {
    this.cannot.add(label);
  }

  entered(label: string): void {
    this.lastSign = Date.now();
    this.working.set(label, (this.working.get(label) ?? 0) + 1);
  }

  left(label: string): void {
    this.working.set(label, (this.working.get(label) ?? 0) - 1);
  }

  async ending(shielded: boolean): Promise<void> {
    if (!shielded) await this.turns.calm();
    await this.turns.take();
  }

  /** Cancels the run from an activity. */
  async cancelRun(): Promise<void> {
    await this.turns.take();
    this.turns.cancels();
    await (await this.started).cancel();
  }

  answered(): void {
    this.lastSign = Date.now();
    this.turns.answered();
  }

  /** Cancels the run from within a task: the cancellation comes in the next one. */
  private async cancelInTask(): Promise<void> {
    this.turns.hold();
    this.turns.cancels();
    await (await this.started).cancel();
  }

  /** The workflow reached a point; its task is not answered before this returns. */
  async reached(point: Point): Promise<void> {
    this.lastSign = Date.now();
    if (this.isOver || this.points.has(point.label)) return;
    this.points.set(point.label, point);
    if (this.cancelNext) {
      this.cancelNext = false;
      await this.cancelInTask();
    }
    const kind = this.faults.find((fault) => fault.at === point.label)?.kind;
    if (kind === 'cancelled' || kind === 'cancelled twice') {
      await this.cancelInTask();
      this.cancelNext = kind === 'cancelled twice';
      this.injected(point.label);
    } else if (kind === 'restart') {
      this.restartAt(point);
    } else if (point.kind === 'gate') {
      await this.voteAt(point, kind);
    } else {
      // Both at once: a hold must be taken before the task counts as answered.
      await Promise.all([point.kind === 'start' ? this.voteEarly() : undefined, this.signalAt(point)]);
    }
  }

  private restartAt(point: Point): void {
    // Not awaited here: the worker ends only when this very task has been answered.
    setImmediate(() => {
      void this.restart().then(async () => {
        this.injected(point.label);
        if (point.kind === 'gate') await this.voteAt(point, undefined);
        else await this.signalAt(point);
      });
    });
  }

  private async voteAt(point: Point, fault: FaultKind | undefined): Promise<void> {
    const gate = point.gate!;
    await this.send('decide', votesAt(gate, this.votes[gate.name] ?? [], fault));
    if (fault !== undefined && fault !== 'vote early') this.injected(point.label);
  }

  private async voteEarly(): Promise<void> {
    for (const fault of this.faults) {
      if (fault.kind !== 'vote early') continue;
      await this.send('decide', earlyVotes(fault.at, this.votes));
      this.injected(fault.at);
    }
  }

  private async signalAt({ label }: Point): Promise<void> {
    const signal = this.signals[label];
    if (signal) await this.send(signal.name, [signal.value]);
  }

  /** Sends a signal once for each of its arguments. */
  private async send(signal: string, args: readonly unknown[]): Promise<void> {
    if (args.length === 0) return;
    this.turns.hold();
    const handle = await this.started;
    for (const each of args) await handle.signal(signal, each);
  }
}
