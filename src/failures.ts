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
 * - `resource`: full, over quota. Retried after a delay.
 * - `dependency`: an outside service is down. Retried; a circuit breaker may hold it back.
 * - `logic`: a state that should not exist. Never retried; a person is told.
 */
const categories = ['transient', 'validation', 'resource', 'dependency', 'logic'] as const;
export type Category = (typeof categories)[number];

/** What a failure carries besides its message. */
export interface FailureOptions {
  /** What happened, in PascalCase; stable, so that callers can switch on it. */
  readonly type: string;
  /** Delay before Temporal's next attempt, for failures that are retried. */
  readonly nextRetryDelay?: number | `${number} ${'milliseconds' | 'seconds' | 'minutes'}`;
  readonly cause?: unknown;
  /** More facts for whoever reads the failure; JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const retried: Record<Category, boolean> = {
  transient: true,
  validation: false,
  resource: true,
  dependency: true,
  logic: false,
};

/** Builds the `ApplicationFailure` of a category; `validation` and `logic` failures are not retried. */
export function failure(category: Category, message: string, options: FailureOptions): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: options.type,
    nonRetryable: !retried[category],
    details: [{ ...options.details, category }],
    ...(options.nextRetryDelay === undefined ? {} : { nextRetryDelay: options.nextRetryDelay as number }),
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

/** The category of a failure, through activity, child workflow and time-out wrappers; `undefined` if it has none. */
export function categoryOf(error: unknown): Category | undefined {
  const root = rootOf(error);
  if (root instanceof TimeoutFailure) return 'transient';
  if (!(root instanceof ApplicationFailure)) return undefined;
  const [first] = (root.details ?? []) as { category?: unknown }[];
  return categories.find((category) => category === first?.category);
}
