/** What is compared: Fermata's patterns, and the same thing hand-written. Each name is also that side's file. */
export const sides = ['ours', 'hand-written'] as const;
export type Side = (typeof sides)[number];

/** Where the side's worker listens; of one length, because the name is in every history. */
export function taskQueueOf(side: Side): string {
  return side === 'ours' ? 'bench-o' : 'bench-h';
}
