import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { badArgument } from './bad-argument.ts';

/** A duration in milliseconds; a `BadArgument` that names the option unless it is a duration above 0. */
export function positiveMs(option: string, duration: Duration): number {
  let ms = NaN;
  try {
    ms = msToNumber(duration);
  } catch {
    // Not a duration: refused below, in the same words as one that is 0.
  }
  if (ms > 0) return ms;
  throw badArgument(`${option}: expected more than 0 ms, got ${String(duration)}`);
}
