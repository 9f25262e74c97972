/** Small workflows over the patterns that go round, for the fault explorer. */
import { iterate, type IterateResult } from '../../src/workflows/patterns/iterate.ts';
import { poll, type PollResult } from '../../src/workflows/patterns/poll.ts';
import { stage } from '../../src/workflows/patterns/stage.ts';
import { book } from './book.ts';

/** Three rounds, each with a step of its own. */
export async function iterated(maxHistoryEvents: number): Promise<IterateResult<number>> {
  await stage('before', () => book('before'));
  return iterate(
    0,
    async (state, round) => {
      await book(`round ${String(round)}`);
      return state + 1;
    },
    { until: (state) => state === 3, maxIterations: 5, deadline: '1 day', maxHistoryEvents },
  );
}

/** What is waited for comes with so many probes; it asks every hour, and for less than three. */
export async function polled(probes: number): Promise<PollResult<number>> {
  let probe = 0;
  return poll(
    async () => {
      probe += 1;
      await book(`probe ${String(probe)}`);
      return probe;
    },
    { every: '1 hour', timeout: '170 minutes', until: (value) => value === probes },
  );
}
