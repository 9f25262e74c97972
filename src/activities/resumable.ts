import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/** What came of the items; `batch` takes it as the outcome of a chunk. */
interface Outcome {
  readonly done: number;
  readonly failed: readonly { readonly item: string; readonly error: string }[];
  readonly skipped: number;
}

/** What an item's work says about it; nothing means that it is done. */
type Said = 'skipped' | undefined;

interface ResumableOptions<T> {
  /** How an item that failed is named in the outcome. @default its position, from 0 */
  readonly nameOf?: (item: T) => string;
}

/** How far an earlier attempt came; travels in the heartbeat. */
interface Position extends Outcome {
  readonly next: number;
}

const betweenHeartbeatsMs = 100;

/**
 * Works through items one after the other, in an activity that a retry resumes where the attempt before stopped: its
 * position travels with the heartbeat. Heartbeats are throttled, so a lost worker repeats the items of the last two seconds or so:
 * give each item's effect a key. `each` gets the item and its position among all items, from 0.
 *
 * An item whose work fails for good (`validation`, `logic`, anything that is not retried) counts as failed, and the next
 * one begins. Any other failure fails the attempt, and Temporal's retry begins with that item. On cancellation the item
 * under way is finished or stops by itself, no other is begun, and the activity ends as cancelled.
 */
export async function resumable<T>(
  items: Iterable<T> | AsyncIterable<T>,
  each: (item: T, index: number) => Promise<Said> | Promise<void>,
  options: ResumableOptions<T> = {},
): Promise<Outcome> {
  const context = Context.current();
  let position = beginning(activityInfo().heartbeatDetails);
  let index = -1;
  let told = Date.now();
  try {
    for await (const item of items) {
      index += 1;
      if (index < position.next) continue;
      context.cancellationSignal.throwIfAborted();
      position = after(position, await outcomeOf(item, index, each, options));
      // The SDK sends far fewer; handing it each position would cost more than a small item.
      if (Date.now() - told < betweenHeartbeatsMs) continue;
      told = Date.now();
      context.heartbeat(position);
    }
  } catch (error) {
    context.heartbeat(position);
    throw error;
  }
  const { done, failed, skipped } = position;
  return { done, failed, skipped };
}

async function outcomeOf<T>(
  item: T,
  index: number,
  each: (item: T, index: number) => Promise<Said> | Promise<void>,
  { nameOf }: ResumableOptions<T>,
): Promise<Outcome> {
  const nothing = { done: 0, failed: [], skipped: 0 };
  try {
    return (await each(item, index)) === 'skipped' ? { ...nothing, skipped: 1 } : { ...nothing, done: 1 };
  } catch (error) {
    if (!(error instanceof ApplicationFailure && error.nonRetryable === true)) throw error;
    return { ...nothing, failed: [{ item: nameOf?.(item) ?? String(index), error: error.message }] };
  }
}

function beginning(details: unknown): Position {
  return (details as Position | undefined) ?? { next: 0, done: 0, failed: [], skipped: 0 };
}

function after(position: Position, { done, failed, skipped }: Outcome): Position {
  return {
    next: position.next + 1,
    done: position.done + done,
    failed: [...position.failed, ...failed],
    skipped: position.skipped + skipped,
  };
}
