/** Bookings in memory, each under its key, and what must be true of them when a run has closed. */
import { setTimeout } from 'node:timers/promises';
import { cancellationSignal, CancelledFailure } from '@temporalio/activity';
import type { Booking } from './patterns.workflows.ts';

export class Bookings {
  /** Keys that are booked. */
  private readonly booked = new Set<string>();
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
      await setTimeout(1_200, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new CancelledFailure('nothing booked');
      return this.book(key);
    },
  };

  private book(key: string): string {
    if (!this.undone.has(key)) this.booked.add(key);
    return key;
  }

  /** Steps that are booked for a run, without the run's own part of the key. */
  of(workflowId: string): string[] {
    const own = `${workflowId}/`;
    return [...this.booked]
      .filter((key) => key.startsWith(own))
      .map((key) => key.slice(own.length))
      .sort();
  }
}
