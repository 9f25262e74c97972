import { AsyncLocalStorage, CancellationScope, CancelledFailure, log } from '@temporalio/workflow';
import { categoryOf, failure } from '../../failures.ts';
import { badArgument } from './bad-argument.ts';
import { carried, carry, markUndone } from './resume.ts';
import { retrying, type RetryingOptions } from './retrying.ts';
import { settleStragglers, track, type OpenNode } from './run-state.ts';
import { key } from './stage.ts';

/** Undoes one step. Gets the step's result, or `undefined` when its outcome is unknown: "never happened" must be fine. */
type Undo<T> = (done: T | undefined, key: string) => Promise<unknown>;

/** A step that could not be undone. */
export interface Standing {
  readonly step: string;
  readonly key: string;
  /** Why its undo failed. */
  readonly message: string;
}

export interface SagaOptions {
  /** Undoes all steps at the same time; only where they do not depend on each other. @default false */
  readonly parallelUndo?: boolean;
  /**
   * Tells somebody which steps are left standing; called once, shielded from cancellation, before the saga fails with
   * `CompensationFailed`. Its own failure is logged and changes nothing.
   */
  readonly alert?: (standing: readonly Standing[]) => Promise<unknown>;
  /** How steps after the pivot are tried again. @default 100 attempts, at most 5 minutes apart: some 8 hours */
  readonly forward?: RetryingOptions;
}

export interface SagaScope {
  /**
   * Runs a step under its idempotency key. The undo is recorded before the step starts, so that a step whose outcome
   * stays unknown (time-out, cancellation, lost worker, retries ended) is undone too. A step that failed as
   * `validation` did nothing and is not undone.
   *
   * A step has one effect and a name of its own; after a failure the same name tries the same step again. After the
   * pivot a step is tried again by itself. On replay the same steps run under the same keys. A step that begins again
   * after it was undone runs under a new key, which ends in `~2`, `~3`, and so on.
   */
  step<T>(name: string, work: (key: string) => Promise<T>, undo?: Undo<T>): Promise<T>;
  /**
   * From here only forward: nothing before or after is undone any more. A run that was cancelled before it came here does
   * not pass: `CancelledFailure`, and all is undone, also when the step before had its effect all the same. Inside
   * `CancellationScope.nonCancellable` it passes.
   */
  pivot(): void;
  /** Undoes everything now, for a saga that returns a refusal instead of throwing. After the pivot: `PivotPassed`. */
  compensate(): Promise<void>;
}

interface Journal {
  readonly name: string;
  readonly settled: Promise<void>;
  readonly undo: (() => Promise<readonly Standing[]>) | undefined;
  state: 'running' | 'done' | 'refused' | 'unknown';
}

const persistent: RetryingOptions = { maxAttempts: 100, backoff: { initial: '1 second', maximum: '5 minutes' } };

const enclosing = new AsyncLocalStorage<Transaction>();

/** How often each step, by name, has been undone: in this run and in those that it goes on with. */
let undone: Map<string, number> | undefined;

/**
 * Runs steps that are undone, in reverse order of start, when the work fails or the run is cancelled.
 *
 * Before anything is undone the saga waits for steps that are still going. Undos run shielded: a second cancel changes
 * nothing, and one failed undo does not stop the others. If an undo failed, the saga fails with `CompensationFailed`,
 * whose cause is the first error and whose details name the steps left standing; otherwise with the error itself.
 *
 * A saga inside another is undone with it, as one step, also after it has succeeded. A saga that loses a join undoes
 * its own steps. Terminated or timed-out runs execute no code, so nothing is undone there. On replay the same journal
 * is built again.
 */
export function saga<T>(work: (tx: SagaScope) => Promise<T>, options: SagaOptions = {}): Promise<T> {
  return track('saga', 'saga', (own) => {
    const tx = new Transaction(own, options);
    const running = execute(tx, work);
    enclosing.getStore()?.adopt(tx, running);
    return running;
  });
}

async function execute<T>(tx: Transaction, work: (tx: SagaScope) => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  try {
    return await enclosing.run(tx, () => scope.run(() => work(tx)));
  } catch (error) {
    scope.cancel();
    await tx.rollBack(error);
    throw error;
  }
}

class Transaction implements SagaScope {
  private journal: Journal[] = [];
  private readonly standing: Standing[] = [];
  private closed: 'no' | 'compensated' | 'rolledBack' = 'no';
  private forward = false;
  private readonly node: OpenNode;
  private readonly options: SagaOptions;

  constructor(node: OpenNode, options: SagaOptions) {
    this.node = node;
    this.options = options;
  }

  step<T>(name: string, work: (key: string) => Promise<T>, undo?: Undo<T>): Promise<T> {
    try {
      return this.start(name, work, undo);
    } catch (error) {
      const refused = Promise.reject<T>(error instanceof Error ? error : new Error(String(error)));
      // Nobody may be awaiting it yet, and that must not stop the run.
      refused.catch(ignore);
      return refused;
    }
  }

  pivot(): void {
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled before the pivot');
    this.forward = true;
    this.node.outcome = 'past the pivot';
  }

  async compensate(): Promise<void> {
    if (this.forward) {
      throw failure('logic', 'compensate() after pivot(): nothing is undone any more', { type: 'PivotPassed' });
    }
    this.closed = 'compensated';
    await this.undoEverything(undefined);
  }

  rollBack(reason: unknown): Promise<void> {
    if (this.closed === 'no') this.closed = 'rolledBack';
    return this.undoEverything(reason);
  }

  /** Takes a saga inside this one as a step of it. */
  adopt(inner: Transaction, running: Promise<unknown>): void {
    if (this.forward) return;
    const settled = running.then(ignore, ignore);
    this.journal.push({ name: 'saga', settled, state: 'done', undo: () => inner.undoAll() });
  }

  /** Not async: the SDK takes a stack trace for every promise that a workflow makes. */
  private start<T>(name: string, work: (key: string) => Promise<T>, undo?: Undo<T>): Promise<T> {
    if (this.closed !== 'no') throw this.lateStep(name);
    const earlier = this.earlierTry(name);
    const stepKey = keyOf(name);
    const forward = this.forward ? (this.options.forward ?? persistent) : undefined;
    const running = track('step', name, () => {
      return forward ? retrying(() => work(stepKey), forward) : work(stepKey);
    });
    let result: T | undefined;
    const entry: Journal = {
      name,
      state: 'running',
      undo: undo && (() => undoStep(name, stepKey, () => undo(result, stepKey))),
      settled: running.then(
        (value) => {
          entry.state = 'done';
          result = value;
        },
        (error: unknown) => {
          // What an earlier try may have done stands, whatever this one says.
          entry.state = categoryOf(error) === 'validation' && earlier?.state !== 'unknown' ? 'refused' : 'unknown';
        },
      ),
    };
    this.journal.push(entry);
    return running;
  }

  /** Takes the failed try of the same step out of the journal. */
  private earlierTry(name: string): Journal | undefined {
    const earlier = this.journal.find((entry) => entry.name === name);
    if (earlier?.state === 'running' || earlier?.state === 'done') {
      throw badArgument(`saga: there is a step '${name}' already; every step needs a name of its own`);
    }
    this.journal = this.journal.filter((entry) => entry !== earlier);
    return earlier;
  }

  private lateStep(name: string): Error {
    if (this.closed === 'rolledBack') return new CancelledFailure(`step '${name}' came after the saga was undone`);
    return failure('logic', `step '${name}' came after compensate()`, { type: 'SagaCompensated' });
  }

  private async undoEverything(reason: unknown): Promise<void> {
    const standing = await CancellationScope.nonCancellable(async () => {
      await Promise.all(this.journal.map((entry) => entry.settled));
      await settleStragglers(this.node);
      const left = await this.undoAll();
      if (left.length > 0) await this.alert(left);
      return left;
    });
    if (standing.length === 0) return;
    throw failure('logic', `could not undo: ${standing.map((each) => each.step).join(', ')}`, {
      type: 'CompensationFailed',
      details: { standing },
      cause: reason,
    });
  }

  /** Undoes what there is to undo, once; says what is left standing, also when it is asked again. */
  private async undoAll(): Promise<readonly Standing[]> {
    const entries = this.forward ? [] : this.journal.filter((entry) => entry.state !== 'refused').reverse();
    this.journal = [];
    if (entries.length > 0) markUndone(this.node);
    const undos = entries.flatMap(({ undo }) => undo ?? []);
    if (this.options.parallelUndo === true) {
      this.standing.push(...(await Promise.all(undos.map((undo) => undo()))).flat());
    } else {
      for (const undo of undos) this.standing.push(...(await undo()));
    }
    return this.standing;
  }

  private async alert(standing: readonly Standing[]): Promise<void> {
    try {
      await this.options.alert?.(standing);
    } catch (error) {
      log.warn('could not tell anybody that steps are left standing', { standing, error: String(error) });
    }
  }
}

async function undoStep(step: string, stepKey: string, undo: () => Promise<unknown>): Promise<readonly Standing[]> {
  timesUndone().set(step, (timesUndone().get(step) ?? 0) + 1);
  try {
    await track('undo', `undo ${step}`, undo);
    return [];
  } catch (error) {
    return [{ step, key: stepKey, message: error instanceof Error ? error.message : String(error) }];
  }
}

/** A service that has seen an effect undone must not take the same effect, done anew, for a late repetition. */
function keyOf(step: string): string {
  const times = timesUndone().get(step) ?? 0;
  return times === 0 ? key(step) : `${key(step)}~${String(times + 1)}`;
}

function timesUndone(): Map<string, number> {
  if (undone) return undone;
  const times = new Map(Object.entries((carried('saga') ?? {}) as Record<string, number>));
  carry('saga', () => (times.size === 0 ? undefined : Object.fromEntries(times)));
  undone = times;
  return times;
}

function ignore(): void {
  // How an inner saga ended is told to whoever awaits it.
}
