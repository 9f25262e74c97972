/** Bookings in memory, each under its key, and what must be true of them when a run has closed. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { activityInfo, cancellationSignal, CancelledFailure } from '@temporalio/activity';
import { explore, type Explored, type ExploreOptions } from '../support/explore.ts';
import { startPatternHarness, type PatternHarness } from '../support/pattern-harness.ts';
import type { Booking } from './book.ts';

export class Bookings {
  /** For each key that is booked, the activities that booked it. */
  private readonly booked = new Map<string, Set<string>>();
  /** Keys that were taken back; a late booking under one of them is refused. */
  private readonly undone = new Set<string>();

  readonly activities: Booking = {
    book: async (key) => this.book(key),
    unbook: async (key) => {
      this.undone.add(key);
      this.booked.delete(key);
    },
    bookSlowly: async (key) => {
      const signal = cancellationSignal();
      // Longer than an activity that does not answer: the test server never ends one that is cancelled meanwhile.
      await setTimeout(800, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new CancelledFailure('nothing booked');
      return this.book(key);
    },
  };

  /** Called from an activity. */
  book(key: string): string {
    if (this.undone.has(key)) return key;
    const { activityId, workflowExecution } = activityInfo();
    const by = this.booked.get(key) ?? new Set();
    this.booked.set(key, by.add(`${workflowExecution?.runId ?? ''} ${activityId}`));
    return key;
  }

  /** Steps that are booked for a run, without the run's own part of the key. */
  of(workflowId: string): string[] {
    return this.ofRun(workflowId).map(([name]) => name);
  }

  /** Steps that more than one activity has booked: attempts of the same activity are one. */
  repeated(workflowId: string): string[] {
    return this.ofRun(workflowId).flatMap(([name, by]) => (by.size > 1 ? [name] : []));
  }

  private ofRun(workflowId: string): [name: string, by: ReadonlySet<string>][] {
    const own = `${workflowId}/`;
    return [...this.booked]
      .filter(([key]) => key.startsWith(own))
      .map(([key, by]): [string, ReadonlySet<string>] => [key.slice(own.length), by])
      .sort(([one], [other]) => (one < other ? -1 : 1));
  }
}

type Explore = (
  workflow: string,
  args: readonly unknown[],
  invariant: (booked: readonly string[], explored: Explored) => unknown,
  options?: Partial<ExploreOptions> & {
    /** Steps that a later activity may book again under the same key: what follows a pivot is done until it is done. */
    readonly again?: readonly string[];
  },
) => Promise<void>;

/**
 * Explores the workflows of one file over bookings, with a server for the whole test file. No step is ever booked by two
 * activities, except those that the options name.
 */
export function explorerOf(workflows: URL, bookings: Bookings, activities: object = bookings.activities): Explore {
  let harness: PatternHarness;
  beforeAll(async () => {
    harness = await startPatternHarness(workflows, activities);
  });
  afterAll(() => harness.stop());

  return (workflow, args, invariant, { again = [], ...options } = {}) =>
    explore({
      harness,
      workflow,
      args: () => args,
      invariant: (explored) => {
        expect(bookings.repeated(explored.workflowId).filter((name) => !again.includes(name))).toEqual([]);
        return invariant(bookings.of(explored.workflowId), explored);
      },
      ...options,
    });
}

/** The one thing that went wrong at a point whose label matches, if that is all that did. */
export function onlyFault({ faults }: Explored, at: RegExp): string | undefined {
  const [fault] = faults;
  return faults.length === 1 && fault && at.test(fault.at) ? fault.kind : undefined;
}

/** What a failed saga names as left standing. */
export function standing(error: Error & { details?: unknown }): string[] {
  const [details] = (error.details ?? []) as { standing?: { step: string }[] }[];
  return details?.standing?.map((each) => each.step) ?? [];
}
