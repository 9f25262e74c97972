import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { badArgument } from './bad-argument.ts';
import { continueFromTop, isHistoryLong } from './continuation.ts';
import { Deadline } from './deadline.ts';
import { carried, carry } from './resume.ts';
import { track, trackItem } from './run-state.ts';

/** How a loop of rounds is bounded and judged; `iterate` and `poll` stand on it. */
export interface LoopOptions<S> {
  readonly until: (state: S) => boolean;
  readonly maxIterations?: number | undefined;
  /** From the start of the loop, in milliseconds. */
  readonly deadlineMs?: number | undefined;
  readonly score?: ((state: S) => number) | undefined;
  readonly patience?: number | undefined;
  readonly maxHistoryEvents?: number | undefined;
}

/** Where a loop ended. */
export interface LoopResult<S> {
  readonly status: 'done' | 'exhausted' | 'expired' | 'stalled';
  readonly state: S;
  readonly best: S;
  readonly iterations: number;
}

/** All that a loop knows; it travels whole to a run that goes on with this one. JSON. */
interface Position<S> {
  readonly state: S;
  readonly best: S;
  readonly score: number | null;
  readonly round: number;
  readonly gainless: number;
  readonly deadline: number | null;
}

/** Runs rounds until one of the bounds ends them. Continues the run as new between two rounds when its history is long. */
export async function loop<S>(
  kind: 'iterate' | 'poll',
  initial: S,
  step: (state: S, round: number) => Promise<S>,
  options: LoopOptions<S>,
): Promise<LoopResult<S>> {
  return track(kind, kind, async (own) => {
    let position = (carried(own.path) as Position<S> | undefined) ?? beginning(initial, options);
    const stopSaving = carry(own.path, (how) => (how === 'resume' ? position : undefined));
    const outer = CancellationScope.current();
    const deadline = position.deadline === null ? undefined : new Deadline(position.deadline);
    try {
      for (;;) {
        const status = ended(position, deadline, options);
        if (status !== undefined) {
          own.outcome = `${status} after ${String(position.round)}`;
          stopSaving();
          return { status, state: position.state, best: position.best, iterations: position.round };
        }
        if (isHistoryLong(options.maxHistoryEvents)) await continueFromTop();
        const { state, round } = position;
        const work = (): Promise<S> => trackItem('round', `round ${String(round + 1)}`, () => step(state, round + 1));
        // Awaited right here: another function around it would make two more promises a round.
        const next = deadline ? await deadline.race(work) : ({ status: 'done', value: await work() } as const);
        if (outer.consideredCancelled) throw new CancelledFailure(`${kind} was cancelled`);
        if (next.status === 'done') position = advance(position, next.value, options);
      }
    } finally {
      deadline?.stop();
    }
  });
}

function beginning<S>(initial: S, options: LoopOptions<S>): Position<S> {
  return {
    state: initial,
    best: initial,
    score: scoreOf(initial, options),
    round: 0,
    gainless: 0,
    deadline: options.deadlineMs === undefined ? null : Date.now() + options.deadlineMs,
  };
}

function ended<S>(
  { state, round, gainless }: Position<S>,
  deadline: Deadline | undefined,
  options: LoopOptions<S>,
): LoopResult<S>['status'] | undefined {
  if (options.until(state)) return 'done';
  if (options.patience !== undefined && gainless >= options.patience) return 'stalled';
  if (options.maxIterations !== undefined && round >= options.maxIterations) return 'exhausted';
  return deadline?.isOver() === true ? 'expired' : undefined;
}

function advance<S>(before: Position<S>, state: S, options: LoopOptions<S>): Position<S> {
  const score = scoreOf(state, options);
  const gained = score === null || before.score === null || score > before.score;
  return {
    ...before,
    state,
    round: before.round + 1,
    gainless: gained ? 0 : before.gainless + 1,
    ...(gained ? { best: state, score } : {}),
  };
}

function scoreOf<S>(state: S, { score }: LoopOptions<S>): number | null {
  if (!score) return null;
  const value = score(state);
  if (!Number.isFinite(value)) throw badArgument(`score: expected a finite number, got ${String(value)}`);
  return value;
}
