import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { categoryOf, failure } from '../../failures.ts';
import { settleStragglers, track, type OpenNode } from './run-state.ts';
import { key } from './stage.ts';

/** Undoes one step. Gets the step's result, or `undefined` when its outcome is unknown: "never happened" must be fine. */
type Undo<T> = (done: T | undefined, key: string) => Promise<unknown>;

export interface SagaScope {
  /**
   * Runs a step under its idempotency key. The undo is recorded before the step starts, so that a step whose outcome
   * stays unknown (time-out, cancellation, lost worker, retries ended) is undone too. A step that failed as
   * `validation` did nothing and is not undone.
   */
  step<T>(name: string, work: (key: string) => Promise<T>, undo?: Undo<T>): Promise<T>;
  /** From here only forward: nothing before or after is undone any more. */
  pivot(): void;
  /** Undoes everything now, for a saga that returns a refusal instead of throwing. */
  compensate(): Promise<void>;
}

interface Journal {
  readonly name: string;
  readonly key: string;
  readonly undo: Undo<unknown>;
  readonly settled: Promise<void>;
  state: 'running' | 'done' | 'refused' | 'unknown';
  result?: unknown;
}

/**
 * Runs steps that are undone, in reverse order of start, when the work fails or the run is cancelled.
 *
 * Before anything is undone the saga waits for steps that are still going. Undos run shielded: a second cancel changes
 * nothing, and one failed undo does not stop the others. If an undo failed, the saga fails with `CompensationFailed`,
 * whose cause is the first error and whose details name the steps left standing; otherwise with the error itself.
 * Terminated or timed-out runs execute no code, so nothing is undone there.
 */
export async function saga<T>(work: (tx: SagaScope) => Promise<T>): Promise<T> {
  return track('saga', 'saga', async (own) => {
    const tx = new Transaction(own);
    const scope = new CancellationScope();
    try {
      return await scope.run(() => work(tx));
    } catch (error) {
      scope.cancel();
      await tx.rollBack(error);
      throw error;
    }
  });
}

class Transaction implements SagaScope {
  private journal: Journal[] = [];
  private closed = false;
  private forward = false;
  private readonly node: OpenNode;

  constructor(node: OpenNode) {
    this.node = node;
  }

  async step<T>(name: string, work: (key: string) => Promise<T>, undo?: Undo<T>): Promise<T> {
    if (this.closed) throw new CancelledFailure(`step '${name}' came after the saga was undone`);
    const stepKey = key(name);
    const running = track('step', name, () => work(stepKey));
    if (!undo || this.forward) return running;
    const entry: Journal = {
      name,
      key: stepKey,
      undo: undo as Undo<unknown>,
      state: 'running',
      settled: running.then(
        (result) => {
          entry.state = 'done';
          entry.result = result;
        },
        (error: unknown) => {
          entry.state = categoryOf(error) === 'validation' ? 'refused' : 'unknown';
        },
      ),
    };
    this.journal.push(entry);
    return running;
  }

  pivot(): void {
    this.forward = true;
    this.journal = [];
  }

  async compensate(): Promise<void> {
    await this.rollBack(undefined);
  }

  async rollBack(reason: unknown): Promise<void> {
    this.closed = true;
    const standing = await CancellationScope.nonCancellable(async () => {
      await Promise.all(this.journal.map((entry) => entry.settled));
      await settleStragglers(this.node);
      return this.undoAll();
    });
    if (standing.length === 0) return;
    throw failure('logic', `could not undo: ${standing.map((each) => each.step).join(', ')}`, {
      type: 'CompensationFailed',
      details: { standing },
      cause: reason,
    });
  }

  private async undoAll(): Promise<{ step: string; key: string; message: string }[]> {
    const standing: { step: string; key: string; message: string }[] = [];
    const entries = this.journal.filter((entry) => entry.state !== 'refused').reverse();
    this.journal = [];
    for (const entry of entries) {
      try {
        await track('undo', `undo ${entry.name}`, () => entry.undo(entry.result, entry.key));
      } catch (error) {
        standing.push({
          step: entry.name,
          key: entry.key,
          message: error instanceof Error ? error.message : String(error),
        });
      }
    }
    return standing;
  }
}
