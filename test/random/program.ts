/** A program: a tree of patterns over bookings, as data, so that a workflow and a model can both run it. */
import type { Category } from '../../src/failures.ts';

/** One booking, after a wait. Inside a saga it is a step, undone by taking it back. */
export interface Booking {
  readonly kind: 'book';
  readonly key: string;
  /** Wait before the booking. */
  readonly minutes: number;
  /** Fails in the first so many attempts of the enclosing `retrying`; `booked`: after it has booked. */
  readonly fails: { readonly category: Category; readonly attempts: number; readonly booked: boolean } | null;
  /** Taking it back fails for good. */
  readonly undoFails: boolean;
}

export type JoinName = 'all' | 'settled' | 'any' | 'firstSuccess' | 'quorum';

export type Program =
  | Booking
  | { readonly kind: 'sequence' | 'fallback' | 'saga'; readonly of: readonly Program[] }
  | { readonly kind: 'parallel'; readonly join: JoinName; readonly window: number; readonly of: readonly Program[] }
  | {
      readonly kind: 'map';
      readonly join: 'all' | 'settled' | 'quorum';
      readonly window: number;
      readonly of: readonly Program[];
    }
  | { readonly kind: 'withFallback'; readonly when: readonly Category[] | null; readonly of: Program }
  | { readonly kind: 'retrying'; readonly maxAttempts: number; readonly minutes: number; readonly of: Program };

/** A program that is run by itself, cancelled after so many minutes or left alone. */
export interface Plan {
  readonly root: Program;
  readonly cancelledAt: number | null;
}

/** How a program ended, and in which minute. */
export interface Ending {
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly category: Category | null;
  readonly minute: number;
}

/** Half of the branches, rounded up. */
export function quorumOf(of: readonly unknown[]): number {
  return Math.ceil(of.length / 2);
}
