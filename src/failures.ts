/**
 * The failure categories, shared by activities and workflows.
 *
 * A category says what to do about a failure; it travels as the first entry of an `ApplicationFailure`'s details, next
 * to an explicit `type` that says what happened.
 */
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/common';

/**
 * - `transient`: network, time-out. Retried with exponential backoff.
 * - `validation`: bad input, refused before anything was done. Never retried, never undone.
 * - `resource`: full, over quota. Retried after half a minute, or after the delay that the failure names.
 * - `dependency`: an outside service is down. Retried with backoff; a circuit breaker may hold it back.
 * - `logic`: a state that should not exist. Never retried; a person is told.
 */
const categories = ['transient', 'validation', 'resource', 'dependency', 'logic'] as const;
export type Category = (typeof categories)[number];

/** What a failure carries besides its message. */
export interface FailureOptions {
  /** What happened, in PascalCase; stable, so that callers can switch on it. */
  readonly type: string;
  /**
   * Delay before the next attempt, in milliseconds or as text, for failures that are retried.
   * `null` leaves it to the caller's retry policy.
   * @default 30 seconds for `resource`, else what the caller's retry policy says
   */
  readonly nextRetryDelay?: number | `${number} ${'milliseconds' | 'seconds' | 'minutes'}` | null;
  readonly cause?: unknown;
  /** More facts for whoever reads the failure; JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What a category says to whoever retries; it travels with the failure, whatever policy the caller has. */
const retries: Readonly<Record<Category, { readonly retried: boolean; readonly delay?: number }>> = {
  transient: { retried: true },
  validation: { retried: false },
  resource: { retried: true, delay: 30_000 },
  dependency: { retried: true },
  logic: { retried: false },
};

/** Builds the `ApplicationFailure` of a category; `validation` and `logic` failures are not retried. */
export function failure(category: Category, message: string, options: FailureOptions): ApplicationFailure {
  const { retried, delay } = retries[category];
  const nextRetryDelay = options.nextRetryDelay === undefined ? delay : (options.nextRetryDelay ?? undefined);
  return ApplicationFailure.create({
    message,
    type: options.type,
    nonRetryable: !retried,
    details: [{ ...options.details, category }],
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay: nextRetryDelay as number }),
    ...(options.cause instanceof Error ? { cause: options.cause } : {}),
  });
}

/** Shorthand for the most common case: input that is refused before anything was done. */
export function invalid(
  type: string,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): ApplicationFailure {
  return failure('validation', message, details === undefined ? { type } : { type, details });
}

/** The innermost failure that says what happened, through activity and child workflow wrappers. */
export function rootOf(error: unknown): unknown {
  let current = error;
  while ((current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) && current.cause) {
    current = current.cause;
  }
  return current;
}

/**
 * The category of a failure, through activity, child workflow and stage wrappers; `undefined` if it has none, as for a
 * plain error. A cancellation is no failure and has none. A time-out is `transient`; if time ran out while attempts
 * failed one after the other, the category of the last of them says more.
 */
export function categoryOf(error: unknown): Category | undefined {
  const root = rootOf(error);
  if (root instanceof TimeoutFailure) return categoryOf(root.cause) ?? 'transient';
  if (!(root instanceof ApplicationFailure)) return undefined;
  const [first] = (root.details ?? []) as { category?: unknown }[];
  return categories.find((category) => category === first?.category);
}
