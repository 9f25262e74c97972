import type { Say } from './cannot-start.ts';
import { isAlive, type Identity } from './process-identity.ts';
import type { Part } from './supervise.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and npm both pass Ctrl-C on: what comes that soon is the same one. */
const sameSignalMs = 700;

/**
 * Resolves `requested` when somebody wants us to stop: a signal, or one of `launchers` (npm) gone without one. A second
 * signal ends every part at once, and us.
 */
export function stopOnSignals(
  parts: readonly Part[],
  launchers: readonly Identity[],
  say: Say,
): { readonly requested: Promise<'stop'>; readonly isRequested: () => boolean } {
  let since: number | undefined;
  const requested = new Promise<'stop'>((resolve) => {
    const request = (why: string): void => {
      since = Date.now();
      say(`\n${why}: stopping; once more ends it at once`);
      resolve('stop');
    };
    for (const signal of signals) {
      process.on(signal, () => {
        if (since === undefined) request(signal === 'SIGINT' ? 'Ctrl-C' : signal);
        else if (Date.now() - since > sameSignalMs) endAtOnce(parts);
      });
    }
    setInterval(() => {
      // After a first Ctrl-C npm goes ahead of us; that is no second one.
      if (since === undefined && !launchers.every(isAlive)) request('npm is gone');
    }, 500).unref();
  });
  return { requested, isRequested: () => since !== undefined };
}

function endAtOnce(parts: readonly Part[]): never {
  for (const part of parts) part.kill();
  process.exit(130);
}
