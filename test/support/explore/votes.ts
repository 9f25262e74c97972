/** How people vote at the gates of an explored run, and what they can do wrong. */
import type { Decision } from '../../../src/workflows/patterns/gate-messages.ts';
import type { FaultKind, Point } from './plan.ts';

/** The votes that decide each gate, by the gate's name; at a gate that is not named nobody votes. */
export type Votes = Readonly<Record<string, readonly Decision[]>>;

const nonsense: readonly unknown[] = [
  null,
  7,
  [],
  {},
  'x'.repeat(10_000),
  { vote: 'perhaps', by: 'ada' },
  { vote: 'approve', by: 5 },
  { gate: '__proto__', vote: 'approve', by: 'ada' },
  { gate: 'constructor', vote: 'reject', by: 'ada', reason: 'x' },
];

/** What is sent when a gate opens. */
export function votesAt(
  gate: NonNullable<Point['gate']>,
  good: readonly Decision[],
  fault: FaultKind | undefined,
): readonly unknown[] {
  const votes = good.map((vote) => ({ gate: gate.name, ...vote }));
  const [first] = votes;
  if (!first) return [];
  const ways: Partial<Record<FaultKind, readonly unknown[]>> = {
    'nobody votes': [],
    'vote against': [opposite(first)],
    'vote twice': votes.flatMap((vote) => [vote, vote]),
    'vote late': [...votes, { ...opposite(first), by: 'a latecomer' }],
    'other vote after': votes.flatMap((vote) => [vote, opposite(vote)]),
    'vote invalid': [
      ...nonsense,
      { ...first, by: 'a stranger', roles: [] },
      { ...first, subjectHash: 'another version' },
      ...votes,
    ],
    'vote by the requester': [{ ...first, by: gate.requester }, ...votes],
  };
  return (fault && ways[fault]) ?? votes;
}

/** The votes that come before the gate of this point has opened. */
export function earlyVotes(label: string, votes: Votes): readonly unknown[] {
  const name = Object.keys(votes).find((each) => label.includes(`gate ${each}#`));
  return name === undefined ? [] : votes[name]!.map((vote) => ({ gate: name, ...vote }));
}

function opposite(vote: Decision): Decision {
  const { edited: _edited, ...rest } = vote;
  return vote.vote === 'approve'
    ? { ...rest, vote: 'reject', reason: 'changed my mind' }
    : { ...rest, vote: 'approve' };
}
