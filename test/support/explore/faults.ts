/** Everything that can go wrong at a point. */
import type { Category } from '../../../src/failures.ts';
import type { Fault, FaultKind, Point } from './plan.ts';
import type { Votes } from './votes.ts';

export interface Bounds {
  readonly categories: readonly Category[];
  readonly votes: Votes;
}

const retried = ['transient', 'resource', 'dependency'] as const;

/** The faults to inject at a point that a run without faults reaches. */
export function faultsAt(point: Point, { categories, votes }: Bounds): Fault[] {
  return kindsAt(point, categories, votes).map((kind) => ({ at: point.label, kind }));
}

/** The faults at a point that is reached only after another fault: an undo, a way around, a second gate. */
export function secondFaultsAt(point: Point, bounds: Bounds): Fault[] {
  const wanted: readonly FaultKind[] = [
    'fails: dependency',
    'fails: logic',
    'fails once: transient',
    'unanswered once',
    'cancelled',
    'nobody votes',
    'vote against',
    'vote twice',
  ];
  return faultsAt(point, { ...bounds, categories: ['transient', 'dependency', 'logic'] }).filter((fault) =>
    wanted.includes(fault.kind),
  );
}

function kindsAt(point: Point, categories: readonly Category[], votes: Votes): FaultKind[] {
  const cancels: FaultKind[] = ['cancelled', 'cancelled twice'];
  switch (point.kind) {
    case 'start':
    case 'child':
    case 'close':
      return cancels;
    case 'timer':
      return [...cancels, 'restart'];
    case 'gate':
      return [...cancels, 'restart', ...voting(point, votes)];
    case 'localActivity':
      return [...cancels, ...failing(point, categories)];
    case 'activity':
      return [...cancels, 'cancelled after its effect', 'completes though cancelled', ...failing(point, categories)];
  }
}

function failing(point: Point, categories: readonly Category[]): FaultKind[] {
  const lasting = categories.map((category): FaultKind => `fails: ${category}`);
  // An activity that is never retried fails for good the first time.
  if (point.attempts === 1) return [...lasting, 'unanswered'];
  const once = retried.filter((each) => categories.includes(each)).map((each): FaultKind => `fails once: ${each}`);
  return [...lasting, ...once, 'unanswered', 'unanswered once'];
}

function voting(point: Point, votes: Votes): FaultKind[] {
  if (!votes[point.gate?.name ?? '']?.length) return [];
  const all: FaultKind[] = [
    'vote early',
    'vote late',
    'vote twice',
    'other vote after',
    'vote invalid',
    'vote against',
    'nobody votes',
  ];
  return point.gate?.requester ? [...all, 'vote by the requester'] : all;
}
