import type { Say } from './cannot-start.ts';
import { isAlive, type Identity } from './process-identity.ts';
import type { Part } from './supervise.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and npm both pass Ctrl-C on: what comes that soon is the same one. */
const sameSignalMs = 700;

/**
 * Resolves `requested` when somebody wants us to stop: a signal, or one of `launchers` (npm) gone without one. A second signal
 * ends every part at once, and us.
 */
export function stopOnSignals(
  parts: readonly Part[],
  launchers: readonly Identity[],
  say: Say,
): { readonly requested: Promise<'stop'> } {
  let since: number | undefined;
  const requested = new Promise<'stop'>((resolve) => {
    const request = (why: string): void => {
      if (since === undefined) {
        since = Date.now();
        say(`\n${why}: stopping; once more ends it at once`);
        resolve('stop');
      } else if (Date.now() - since > sameSignalMs) {
        for (const part of parts) part.kill();
        process.exit(130);
      }
    };
    for (const signal of signals) {
      process.on(signal, () => {
        request(signal === 'SIGINT' ? 'Ctrl-C' : signal);
      });
    }
    const watch = setInterval(() => {
      if (launchers.every(isAlive)) return;
      clearInterval(watch);
      request('npm is gone');
    }, 1_000);
    watch.unref();
  });
  return { requested };
}
