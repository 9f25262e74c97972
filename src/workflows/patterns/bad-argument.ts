import { failure } from '../../failures.ts';

/** The failure of a pattern that was called wrongly: the run fails at once, before anything is scheduled. */
export function badArgument(message: string): Error {
  return failure('validation', message, { type: 'BadArgument' });
}
