/** Keeps a child up: started again when it dies, after a pause that grows while it keeps dying. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Say } from './cannot-start.ts';
import type { Child } from './child.ts';

/** A part of the system that is kept up. */
export interface Part {
  readonly name: string;
  /** Stops it for good; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it for good without asking. */
  kill(): void;
}

export interface SuperviseOptions {
  /** Starts it and resolves when it is ready; rejects, with nothing left running, when that fails. */
  readonly launch: () => Promise<Child>;
  readonly say: Say;
  /** First pause before a restart, in ms; doubles up to 30 times itself. @default 500 */
  readonly pauseMs?: number;
}

/** How long it has to stay up for the pause to be short again. */
const steadyMs = 60_000;

/** Launches a part and keeps it up until it is stopped. Rejects when the first launch fails. */
export async function supervise(name: string, options: SuperviseOptions): Promise<Part> {
  const { launch, say, pauseMs = 500 } = options;
  const stopping = new AbortController();
  let child = await launch();

  async function keepUp(): Promise<void> {
    let wait = pauseMs;
    for (let since = Date.now(); ;) {
      const end = await child.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > steadyMs) wait = pauseMs;
      say(`${name} died (${end}); starting it again in ${(wait / 1000).toFixed(1)} s`);
      do {
        await pause(wait, undefined, { signal: stopping.signal });
        wait = Math.min(wait * 2, pauseMs * 30);
      } while (!(await relaunch(wait)));
      since = Date.now();
    }
  }

  async function relaunch(wait: number): Promise<boolean> {
    try {
      child = await launch();
      if (stopping.signal.aborted) await child.stop();
      else say(`${name} is up again`);
      return true;
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      say(`${why}; next try in ${(wait / 1000).toFixed(1)} s`);
      return false;
    }
  }

  const kept = keepUp().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    name,
    async stop() {
      stopping.abort();
      await child.stop();
      await kept;
    },
    kill() {
      stopping.abort();
      child.kill();
    },
  };
}
