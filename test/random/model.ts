/**
 * What a program does, worked out without a workflow: a plain interpreter over minutes. It runs a branch by itself, and
 * runs it again with the minute of its cancellation when the join has been decided without it.
 */
import type { Category } from '../../src/failures.ts';
import { quorumOf, type Booking, type Ending, type JoinName, type Plan, type Program } from './program.ts';

export interface Expected {
  readonly ending: Ending;
  /** Keys in the order in which they are booked. */
  readonly booked: readonly string[];
  /** For each saga that rolled back, the keys in the order in which they are taken back. */
  readonly undone: readonly (readonly string[])[];
  /** Two things happen in the same minute: which of them comes first is nobody's promise. */
  readonly ambiguous: boolean;
}

/** What a saga has to undo, in the order of start. */
type Step =
  | { readonly start: number; readonly key: string; readonly undoFails: boolean }
  | { readonly start: number; readonly inner: readonly Step[]; readonly standing: number };

interface Ran {
  readonly status: Ending['status'];
  readonly category: Category | null;
  readonly at: number;
  readonly booked: readonly { readonly at: number; readonly key: string }[];
  readonly undone: readonly (readonly string[])[];
  readonly steps: readonly Step[];
}

/** Where a program runs: from when, until it is cancelled, and in which attempt. */
interface Frame {
  readonly start: number;
  readonly until: number;
  readonly attempt: number;
  readonly suffix: string;
}

const nothing = { category: null, booked: [], undone: [], steps: [] };
const worthRetrying: readonly (Category | null)[] = ['transient', 'resource', 'dependency'];

export function predict({ root, cancelledAt }: Plan): Expected {
  const model = new Model();
  const until = cancelledAt ?? Infinity;
  if (cancelledAt !== null) model.happens(cancelledAt, 'cancelled');
  const ran = model.run(root, { start: 0, until, attempt: 1, suffix: '' });
  return {
    ending: { status: ran.status, category: ran.category, minute: ran.at },
    booked: [...ran.booked].sort((a, b) => a.at - b.at).map((each) => each.key),
    undone: ran.undone.filter((each) => each.length > 0),
    ambiguous: model.ambiguous,
  };
}

class Model {
  ambiguous = false;
  private readonly minutes = new Map<number, string>();

  happens(minute: number, what: string): void {
    if ((this.minutes.get(minute) ?? what) !== what) this.ambiguous = true;
    this.minutes.set(minute, what);
  }

  run(program: Program, frame: Frame): Ran {
    switch (program.kind) {
      case 'book':
        return this.book(program, frame);
      case 'sequence':
        return this.sequence(program.of, frame);
      case 'fallback':
        return this.fallback(program.of, frame);
      case 'saga':
        return this.saga(program.of, frame);
      case 'parallel':
      case 'map':
        return new JoinModel(this, program, frame).run();
      case 'withFallback':
        return this.withFallback(program, frame);
      case 'retrying':
        return this.retrying(program, frame);
    }
  }

  private book({ key, minutes, fails, undoFails }: Booking, { start, until, attempt, suffix }: Frame): Ran {
    const at = start + minutes;
    const own = key + suffix;
    const step = { start, key: own, undoFails };
    if (until < at) return { ...nothing, status: 'cancelled', at: until, steps: [step] };
    this.happens(at, own);
    const booked = [{ at, key: own }];
    if (!fails || attempt > fails.attempts) return { ...nothing, status: 'done', at, booked, steps: [step] };
    const refused = fails.category === 'validation';
    return {
      ...nothing,
      status: 'failed',
      category: fails.category,
      at,
      booked: fails.booked ? booked : [],
      steps: refused ? [] : [step],
    };
  }

  private sequence(of: readonly Program[], frame: Frame): Ran {
    let all: Ran = { ...nothing, status: 'done', at: frame.start };
    for (const program of of) {
      all = after(all, this.run(program, { ...frame, start: all.at }));
      if (all.status !== 'done') break;
    }
    return all;
  }

  private fallback(of: readonly Program[], frame: Frame): Ran {
    let all: Ran = { ...nothing, status: 'done', at: frame.start };
    const failed: (Category | null)[] = [];
    for (const program of of) {
      all = after(all, this.run(program, { ...frame, start: all.at }));
      if (all.status !== 'failed') return all;
      if (all.at >= frame.until) return { ...all, status: 'cancelled', category: null };
      failed.push(all.category);
    }
    return { ...all, category: shared(failed) };
  }

  private withFallback(program: Extract<Program, { kind: 'withFallback' }>, frame: Frame): Ran {
    const ran = this.run(program.of, frame);
    if (ran.status !== 'failed') return ran;
    if (ran.at >= frame.until) return { ...ran, status: 'cancelled', category: null };
    const replaced = program.when === null || program.when.includes(ran.category ?? 'transient');
    return replaced ? { ...ran, status: 'done', category: null } : ran;
  }

  private retrying(program: Extract<Program, { kind: 'retrying' }>, frame: Frame): Ran {
    let all: Ran = { ...nothing, status: 'done', at: frame.start };
    for (let attempt = 1; ; attempt += 1) {
      const suffix = `${frame.suffix}.${String(attempt)}`;
      all = after(all, this.run(program.of, { ...frame, start: all.at, attempt, suffix }));
      if (all.status !== 'failed') return all;
      if (all.at >= frame.until) return { ...all, status: 'cancelled', category: null };
      if (attempt >= program.maxAttempts || !worthRetrying.includes(all.category)) return all;
      const wake = all.at + program.minutes * 2 ** (attempt - 1);
      if (frame.until < wake) return { ...all, status: 'cancelled', category: null, at: frame.until };
      this.happens(wake, `retry${suffix} of ${JSON.stringify(program.of)}`);
      all = { ...all, at: wake };
    }
  }

  private saga(of: readonly Program[], frame: Frame): Ran {
    const ran = this.sequence(of, frame);
    if (ran.status === 'done') return { ...ran, steps: [{ start: frame.start, inner: ran.steps, standing: 0 }] };
    const { keys, standing } = undo(ran.steps);
    const steps = [{ start: frame.start, inner: [], standing }];
    const undone = [...ran.undone, keys];
    return standing > 0 ? { ...ran, status: 'failed', category: 'logic', undone, steps } : { ...ran, undone, steps };
  }
}

/** A join, decided by the outcomes in the order of their minutes. */
class JoinModel {
  private readonly model: Model;
  private readonly of: readonly Program[];
  private readonly join: JoinName;
  private readonly window: number;
  private readonly frame: Frame;
  private readonly starts = new Map<number, number>();
  private readonly ended = new Map<number, Ran>();

  constructor(model: Model, program: Extract<Program, { kind: 'parallel' | 'map' }>, frame: Frame) {
    this.model = model;
    this.of = program.of;
    this.join = program.join;
    this.window = program.window;
    this.frame = frame;
  }

  run(): Ran {
    const { start, until } = this.frame;
    while (this.starts.size < Math.min(this.window, this.of.length)) this.starts.set(this.starts.size, start);
    for (;;) {
      const [index, ran] = this.nextToEnd();
      if (ran.at >= until) return this.close({ status: 'cancelled', category: null }, until);
      this.ended.set(index, ran);
      const verdict = this.judge(ran);
      if (verdict) return this.close(verdict, ran.at);
      if (this.starts.size < this.of.length) this.starts.set(this.starts.size, ran.at);
    }
  }

  private branch(index: number, until: number): Ran {
    return this.model.run(this.of[index]!, { ...this.frame, start: this.starts.get(index)!, until });
  }

  private nextToEnd(): [number, Ran] {
    const open = [...this.starts.keys()].filter((index) => !this.ended.has(index));
    const running = open.map((index): [number, Ran] => [index, this.branch(index, this.frame.until)]);
    return running.reduce((first, each) => (each[1].at < first[1].at ? each : first));
  }

  private judge(last: Ran): Pick<Ran, 'status' | 'category'> | undefined {
    const ended = [...this.ended.values()];
    const failed = ended.filter((each) => each.status !== 'done').map((each) => each.category);
    const succeeded = ended.length - failed.length;
    const complete = ended.length === this.of.length;
    const done = { status: 'done', category: null } as const;
    const joined = { status: 'failed', category: shared(failed) } as const;
    switch (this.join) {
      case 'settled':
        return complete ? done : undefined;
      case 'any':
        return last.status === 'done' ? done : last;
      case 'all':
        return last.status === 'done' ? (complete ? done : undefined) : last;
      case 'firstSuccess':
        return last.status === 'done' ? done : complete ? joined : undefined;
      case 'quorum': {
        const wanted = quorumOf(this.of);
        if (succeeded >= wanted) return done;
        return this.of.length - failed.length < wanted ? joined : undefined;
      }
    }
  }

  /** The join is decided: what is still going is cancelled. */
  private close(verdict: Pick<Ran, 'status' | 'category'>, at: number): Ran {
    const branches = [...this.starts.keys()].map((index) => this.ended.get(index) ?? this.branch(index, at));
    return {
      status: verdict.status,
      category: verdict.category,
      at,
      booked: branches.flatMap((each) => each.booked),
      undone: branches.flatMap((each) => each.undone),
      steps: branches.flatMap((each) => each.steps),
    };
  }
}

/** Takes back what was started, the last first; `keys` are those that could be taken back. */
function undo(steps: readonly Step[]): { keys: string[]; standing: number } {
  const keys: string[] = [];
  let standing = 0;
  for (const step of [...steps].sort((a, b) => a.start - b.start).reverse()) {
    if ('inner' in step) {
      const below = undo(step.inner);
      keys.push(...below.keys);
      standing += step.standing + below.standing;
    } else if (step.undoFails) standing += 1;
    else keys.push(step.key);
  }
  return { keys, standing };
}

function after(before: Ran, ran: Ran): Ran {
  return {
    ...ran,
    booked: [...before.booked, ...ran.booked],
    undone: [...before.undone, ...ran.undone],
    steps: [...before.steps, ...ran.steps],
  };
}

/** The category that all failures share, else `logic`. */
function shared(failed: readonly (Category | null)[]): Category {
  const [first] = failed;
  return first && failed.every((each) => each === first) ? first : 'logic';
}
