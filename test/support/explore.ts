/**
 * The fault explorer: runs a workflow again and again, and at every point where something can go wrong lets exactly one
 * thing go wrong. See `docs/testing.md`.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { Category } from '../../src/failures.ts';
import { check, isTorn, lastEvents } from './explore/checks.ts';
import { Coverage } from './explore/coverage.ts';
import { faultsAt, secondFaultsAt, type Bounds } from './explore/faults.ts';
import type { Fault, Point } from './explore/plan.ts';
import type { Signals } from './explore/run.ts';
import {
  bundleFor,
  Session,
  silentSinks,
  type Explorable,
  type Finished,
  type History,
  type Outcome,
} from './explore/session.ts';
import type { Votes } from './explore/votes.ts';

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
  /** A test harness; it gives the server and what its workers are made of. */
  readonly harness: { readonly parts: () => Explorable };
  /** Type of the workflow. */
  readonly workflow: string;
  /** Arguments of one run; called for every run, so that each can have data of its own. */
  readonly args?: (workflowId: string) => readonly unknown[] | Promise<readonly unknown[]>;
  /** The votes that decide each gate, by its name; at a gate left out nobody votes. */
  readonly votes?: Votes;
  /** Signals from outside, each by the label of the point that it is sent at. A run that is cancelled there gets none. */
  readonly signals?: Signals;
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
 * Explores a workflow and prints what was covered. Fails when something did not hold after a run, when a history does
 * not replay, or when a point of the run without faults was left out. `FERMATA_FAULT`, a regular expression, runs only
 * faults that it matches, `FERMATA_FAULT_LOG=1` tells of every run, and `FERMATA_FAULT_ALL=1` takes every category and
 * every point.
 */
export async function explore(options: ExploreOptions): Promise<void> {
  const coverage = await new Exploration(process.env['FERMATA_FAULT_ALL'] ? unbounded(options) : options).run();
  process.stdout.write(`${coverage.report()}\n`);
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
  private readonly histories: { workflowId: string; history: History; faults: readonly Fault[] }[] = [];
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
    const parts = this.options.harness.parts();
    const bundle = await bundleFor(parts);
    this.session = await Session.open(parts, bundle);
    try {
      await this.explorePoints();
    } finally {
      await this.session.close();
    }
    await this.withoutCache(parts);
    await this.replay();
    return this.coverage;
  }

  /** Every task begins with an empty cache: once from start to end, and with the worker gone for a while at each wait. */
  private async withoutCache(parts: Explorable): Promise<void> {
    this.session = await Session.open(parts, this.session.bundle, 0);
    try {
      for (const faults of [[], ...this.restarts]) await this.inject([faults]);
    } finally {
      await this.session.close();
    }
  }

  private async explorePoints(): Promise<void> {
    const clean = await this.inject([[]]);
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
      const lost = missed.length > 0 || finished.outcome.status === 'hung' || isTorn(finished);
      if (attempt < tries && lost) {
        this.coverage.retried += 1;
        continue;
      }
      this.coverage.ran(faults);
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
    const options = { workflowBundle: this.session.bundle, sinks: silentSinks };
    const faults = new Map(this.histories.map((each) => [each.workflowId, each.faults]));
    for await (const { workflowId, error } of Worker.runReplayHistories(options, this.histories)) {
      if (error) this.coverage.violations.push(`${nameOf(faults.get(workflowId) ?? [])}: replay: ${error.message}`);
    }
  }
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
