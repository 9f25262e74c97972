/** Small workflows over the patterns that choose a way, for the fault explorer. */
import { CancellationScope, sleep } from '@temporalio/workflow';
import { fallback } from '../../src/workflows/patterns/fallback.ts';
import { ladder, type LadderResult } from '../../src/workflows/patterns/ladder.ts';
import { retrying } from '../../src/workflows/patterns/retrying.ts';
import { when } from '../../src/workflows/patterns/when.ts';
import { withFallback } from '../../src/workflows/patterns/with-fallback.ts';
import { withTimeout } from '../../src/workflows/patterns/with-timeout.ts';
import { book } from './book.ts';

/** Only outside failures have a default, and that is work as well. */
export async function defaulted(): Promise<string> {
  const both = async (): Promise<string> => {
    await book('a');
    return book('b');
  };
  return withFallback(both, () => book('instead'), { when: ['resource', 'dependency'] });
}

/** Two steps, tried again from the first. */
export async function retried(): Promise<number> {
  return retrying(
    async (attempt) => {
      await book(`a${String(attempt)}`);
      await book(`b${String(attempt)}`);
      return attempt;
    },
    { maxAttempts: 2, backoff: { initial: '1 hour' } },
  );
}

/** Work of so many hours that has to be done within two; when it is stopped it tidies up. */
export async function timed(hours: number): Promise<string> {
  return withTimeout(async () => {
    await book('before');
    try {
      await sleep(hours * 3_600_000);
    } catch (error) {
      await CancellationScope.nonCancellable(() => book('tidied'));
      throw error;
    }
    return book('after');
  }, '2 hours');
}

export async function alternatives(): Promise<string> {
  return fallback(
    () => book('a'),
    () => book('b'),
    () => book('c'),
  );
}

export async function sorted(amount: number): Promise<string> {
  return when(
    amount,
    [
      ['small', (own) => own < 10, () => book('small')],
      ['medium', (own) => own < 100, () => book('medium')],
    ],
    { otherwise: () => book('large') },
  );
}

/** Only the second of three rungs is good enough. */
export async function climbed(): Promise<LadderResult<string, string>> {
  return ladder(
    ['first', 'second', 'third'].map((name) => ({ name, run: () => book(name) })),
    { accept: (key) => !key.endsWith('first') },
  );
}
