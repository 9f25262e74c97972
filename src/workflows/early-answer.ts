import type { UpdateDefinition } from '@temporalio/common';
import { setHandler, Trigger } from '@temporalio/workflow';
import { failure } from '../failures.ts';

/**
 * Does the work, and answers the update as soon as the work gives the answer: whoever started the run with
 * update-with-start has it while the run goes on. Every caller gets the same answer, also one who asks later.
 *
 * Call it before the first `await`, so that the update is known in the run's first task. When the work fails, is
 * cancelled or ends without an answer, callers get `NoAnswer`. On replay the same answer is given.
 */
export async function answerEarly<A, T>(
  update: UpdateDefinition<A>,
  work: (give: (answer: A) => void) => Promise<T>,
): Promise<T> {
  const answer = new Trigger<A>();
  // Nobody may have asked.
  answer.then(undefined, () => undefined);
  setHandler(update, async () => answer);
  try {
    return await work((value) => {
      answer.resolve(value);
    });
  } finally {
    // Without effect after an answer.
    answer.reject(failure('logic', 'the run ended before it had an answer', { type: 'NoAnswer' }));
  }
}
