/**
 * The fault explorer: runs a workflow again and again, and at every point where something can go wrong lets exactly one
 * thing go wrong. See `docs/testing.md`.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Category } from '../../src/failures.ts';
import { check, isTorn, lastEvents } from './explore/checks.ts';
import { Coverage } from './explore/coverage.ts';
import { faultsAt, secondFaultsAt, type Bounds } from './explore/faults.ts';
import type { Fault, Point } from './explore/plan.ts';
import type { Signals } from './explore/run.ts';
import type { Finished, History, Outcome, Session } from './explore/session.ts';
import { tell } from './explore/told.ts';
import type { Votes } from './explore/votes.ts';
import type { Workbench } from './explore/workbench.ts';

/** What the test's invariant is given: one run that has closed. */
export interface Explored {
  readonly workflowId: string;
  /** What went wrong: nothing, one thing, or an undo's fault after the one that led to it. */
  readonly faults: readonly Fault[];
  readonly outcome: Exclude<Outcome, { readonly status: 'hung' }>;
  /** Of the last run, if it continued as new. */
  readonly history: History;
  /** Of the server that it ran on. Another run of the same id goes without faults, and without votes and signals. */
  readonly client: Client;
}

export interface ExploreOptions {
  /** A test harness; it gives the server and the workers. */
  readonly harness: { readonly workbench: Workbench };
  /** Type of the workflow. */
  readonly workflow: string;
  /** Arguments of one run; called for every run, so that each can have data of its own. */
  readonly args?: (workflowId: string) => readonly unknown[] | Promise<readonly unknown[]>;
  /** The votes that decide each gate, by its name; at a gate left out nobody votes. */
  readonly votes?: Votes;
  /** Signals from outside, each by the label of the point that it is sent at. A run that is cancelled there gets none. */
  readonly signals?: Signals;
  /** How the run without faults ends: everything else is measured against it. @default 'completed' */
  readonly ends?: Explored['outcome']['status'];
  /** Throws when something does not hold after a run. */
  readonly invariant: (explored: Explored) => unknown;
  /** Categories by which activities fail. Fewer make a shorter exploration, and the report says so. @default all */
  readonly categories?: readonly Category[];
  /** Points to explore; the report counts those passed over. @default every point */
  readonly only?: (point: Point) => boolean;
  /** Faults by which a cancelled run may still end otherwise, because what follows is shielded. @default none */
  readonly survives?: (fault: Fault) => boolean;
}

const everyCategory: readonly Category[] = ['transient', 'validation', 'resource', 'dependency', 'logic'];

/**
 * Explores a workflow and prints what was covered. Fails when the run without faults did not complete, when something did
 * not hold after a run, when a history does not replay, or when a point of the run without faults was left out. `FERMATA_FAULT`, a regular expression, runs only
 * faults that it matches, `FERMATA_FAULT_LOG=1` tells of every run, and `FERMATA_FAULT_ALL=1` takes every category and
 * every point.
 */
export async function explore(options: ExploreOptions): Promise<void> {
  const coverage = await new Exploration(process.env['FERMATA_FAULT_ALL'] ? unbounded(options) : options).run();
  await tell(coverage);
  const wrong = [...coverage.violations, ...coverage.leftOut.map((each) => `left out: ${each}`)];
  if (wrong.length > 0) throw new Error(`${options.workflow}: ${wrong.length} did not hold\n  ${wrong.join('\n  ')}`);
}

function unbounded({ categories: _categories, only: _only, ...options }: ExploreOptions): ExploreOptions {
  return options;
}

/** How often a fault is tried whose point was not reached: which branch comes first may differ from run to run, and the
 * time-skipping server can lose a run, or mix up its history, when an activity ends in the middle of a task. */
const tries = 5;

class Exploration {
  private readonly options: ExploreOptions;
  private readonly bounds: Bounds;
  private readonly coverage: Coverage;
  private readonly histories: {
    readonly workflowId: string;
    readonly history: History;
    readonly faults: readonly Fault[];
  }[] = [];
  private readonly restarts: (readonly Fault[])[] = [];
  private session!: Session;

  constructor(options: ExploreOptions) {
    this.options = options;
    const categories = options.categories ?? everyCategory;
    this.bounds = { categories, votes: options.votes ?? {} };
    const bounded = options.categories ? `, categories only ${categories.join(', ')}` : '';
    this.coverage = new Coverage(options.workflow, bounded);
  }

  async run(): Promise<Coverage> {
    const { workbench } = this.options.harness;
    this.session = await workbench.cached;
    await this.explorePoints();
    // From start to end, and with the worker gone for a while at each wait.
    this.session = await workbench.uncached;
    for (const faults of [[], ...this.restarts]) await this.inject([faults]);
    await this.replay();
    return this.coverage;
  }

  private async explorePoints(): Promise<void> {
    const clean = await this.inject([[]]);
    const { status } = clean.outcome;
    const { ends = 'completed' } = this.options;
    if (status !== ends) this.coverage.violations.push(`the run without faults ends as ${status}, not as ${ends}`);
    if (this.coverage.violations.length > 0) return;
    const points = this.chosen([...clean.run.points.values()]);
    if (points.length === 0) this.coverage.violations.push('there is no point to explore');
    this.coverage.found(points);
    const known = new Set(clean.run.points.keys());
    const found = new Map<string, { readonly point: Point; readonly after: Fault[] }>();
    for (const fault of points.flatMap((point) => faultsAt(point, this.bounds))) {
      if (!wanted(fault)) continue;
      if (fault.kind === 'restart') {
        this.restarts.push([fault]);
        continue;
      }
      const { run } = await this.inject([[fault]]);
      for (const point of this.chosen([...run.points.values()].filter(({ label }) => !known.has(label)))) {
        const there = found.get(point.label) ?? { point, after: [] };
        found.set(point.label, there);
        there.after.push(fault);
      }
    }
    this.coverage.foundByFault([...found.values()].map((each) => each.point));
    for (const label of found.keys()) known.add(label);
    for (const { point, after } of found.values()) {
      for (const fault of secondFaultsAt(point, this.bounds)) {
        if (!wanted(fault)) continue;
        const { run } = await this.inject(steadiest(after).map((first) => [first, fault]));
        this.coverage.beyond(fresh(run.points, known));
      }
    }
  }

  private chosen(points: readonly Point[]): Point[] {
    const { only } = this.options;
    if (!only) return [...points];
    this.coverage.passedOver(points.filter((point) => !only(point)));
    return points.filter((point) => only(point));
  }

  /** Runs with these faults until they came about, taking turns where there is a choice, and checks what has to hold. */
  private async inject(choice: readonly (readonly Fault[])[]): Promise<Finished> {
    for (let attempt = 1; ; attempt += 1) {
      const faults = choice[(attempt - 1) % choice.length] ?? [];
      const finished = await this.execute(faults);
      const missed = finished.run.missed();
      const lost = whyLost(finished);
      if (attempt < tries && lost !== undefined) {
        this.coverage.repeated(`${nameOf(faults)}: ${lost}`);
        continue;
      }
      this.coverage.ran(faults, finished.outcome.status);
      this.coverage.impossible += finished.run.cannot.size;
      for (const fault of missed) this.coverage.leftOut.push(`${nameOf([fault])} (in ${nameOf(faults)})`);
      await this.judge(finished);
      return finished;
    }
  }

  private async execute(faults: readonly Fault[]): Promise<Finished> {
    const { workflow, args, signals = {}, votes = {} } = this.options;
    const workflowId = `${workflow}-${randomUUID()}`;
    const input = (await args?.(workflowId)) ?? [];
    const startedAt = Date.now();
    const finished = await this.session.execute({ workflow, workflowId, args: input, faults, votes, signals });
    if (process.env['FERMATA_FAULT_LOG']) {
      const { status } = finished.outcome;
      const stuck = status === 'hung' ? ` (${lastEvents(finished).join(', ')})` : '';
      process.stderr.write(`${Date.now() - startedAt} ms ${status}: ${nameOf(faults)}${stuck}\n`);
    }
    return finished;
  }

  private async judge(finished: Finished): Promise<void> {
    const { workflowId, outcome, histories } = finished;
    const { faults } = finished.run;
    const history = histories.at(-1) ?? histories[0];
    const broken = await check(finished, this.options.survives ?? (() => false));
    if (outcome.status !== 'hung') {
      try {
        await this.options.invariant({ workflowId, faults, outcome, history, client: this.session.client });
      } catch (error) {
        broken.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (isTorn(finished)) broken.push('the test server mixed up its history each time');
    else for (const each of histories) this.histories.push({ workflowId, history: each, faults });
    for (const each of broken) this.coverage.violations.push(`${nameOf(faults)}: ${each}`);
  }

  private async replay(): Promise<void> {
    for (const { faults, ...recorded } of this.histories) {
      const wrong = await this.options.harness.workbench.replay(recorded);
      if (wrong !== undefined) this.coverage.violations.push(`${nameOf(faults)}: replay: ${wrong}`);
    }
  }
}

/** Why a run tells nothing, if it does not: it is repeated. */
function whyLost(finished: Finished): string | undefined {
  const [missed] = finished.run.missed();
  if (finished.outcome.status === 'hung') return `stuck after ${lastEvents(finished).join(', ')}`;
  if (isTorn(finished)) return 'the test server mixed up its history';
  return missed && `'${nameOf([missed])}' did not come about, and the run ${finished.outcome.status}`;
}

/** Of the faults that led to a point first those that always do: a cancellation races with what is under way. */
function steadiest(faults: readonly Fault[]): readonly Fault[] {
  const steady = faults.filter(({ kind }) => kind.startsWith('fails') || kind.startsWith('vote'));
  const others = faults.filter((fault) => !steady.includes(fault));
  return [...steady, ...others].slice(0, tries);
}

/** Points not known before; from now on they are. */
function fresh(points: ReadonlyMap<string, Point>, known: Set<string>): Point[] {
  const found = [...points.values()].filter((point) => !known.has(point.label));
  for (const point of found) known.add(point.label);
  return found;
}

function nameOf(faults: readonly Fault[]): string {
  return faults.length === 0 ? 'no fault' : faults.map((fault) => `${fault.at}: ${fault.kind}`).join(', then ');
}

function wanted(fault: Fault): boolean {
  const named = process.env['FERMATA_FAULT'];
  return named === undefined || new RegExp(named).test(nameOf([fault]));
}
