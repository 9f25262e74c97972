/** Waiting in tests: for what is meant, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';

/** The one limit on waiting, in milliseconds: so long that only what never comes reaches it, also on a busy machine. */
export const patience = 180_000;

const everyMs = 50;
const seconds = String(patience / 1_000);

/** Settings of the product for tests that wait for its servers and workers, which may be slow on a busy machine. */
export const patient = {
  FERMATA_CONNECT_TIMEOUT_S: seconds,
  FERMATA_SERVER_TIMEOUT_S: seconds,
  FERMATA_ANSWER_TIMEOUT_S: seconds,
  FERMATA_VIEW_TIMEOUT_S: seconds,
} as const;

type Falsy = false | null | undefined;

/** Looks again and again until it sees something, which it returns. Fails with `what` after {@link patience}. */
export async function until<T>(
  look: () => T | Falsy | Promise<T | Falsy>,
  what: string | (() => string),
): Promise<Exclude<T, Falsy>> {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen as Exclude<T, Falsy>;
    if (Date.now() > deadline)
      throw new Error(`waited ${seconds} s in vain: ${typeof what === 'string' ? what : what()}`);
    await pause(everyMs);
  }
}
