/** One process that runs tests, from the outside. It is replaced when it hangs, and now and then because it grows. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job, Said } from './tester.ts';

/** How a job went: `red` names the test; `hung`: a test took too long, or the process ended. */
export type Verdict =
  { readonly status: 'green' } | { readonly status: 'red'; readonly test: string } | { readonly status: 'hung' };

const program = fileURLToPath(new URL('./tester.ts', import.meta.url));
/** Longer than the time limit of a test. */
const silenceMs = 90_000;
const jobsPerProcess = 25;

export class Lane {
  private child: ChildProcess | undefined;
  private jobs = 0;

  async run(job: Job): Promise<Verdict> {
    if (this.jobs >= jobsPerProcess || this.child?.connected === false) this.stop();
    const child = (this.child ??= start());
    this.jobs += 1;
    const verdict = await new Promise<Verdict & { readonly isLost?: boolean }>((resolve) => {
      let found: Verdict = { status: 'green' };
      const ended = (isLost: boolean): void => {
        clearTimeout(silence);
        child.off('message', heard).off('exit', lost);
        resolve({ ...(isLost && found.status === 'green' ? { status: 'hung' } : found), isLost });
      };
      const lost = (): void => ended(true);
      const heard = (said: Said): void => {
        silence.refresh();
        if ('over' in said) ended(false);
        else if (said.as !== 'green' && found.status === 'green') {
          found = said.as === 'late' ? { status: 'hung' } : { status: 'red', test: said.ended };
        }
      };
      const silence = setTimeout(lost, silenceMs);
      child.on('message', heard).on('exit', lost);
      child.send(job, (error) => {
        if (error) lost();
      });
    });
    if (verdict.isLost === true) this.stop();
    return verdict;
  }

  /** Ends the process and the servers that it has started. */
  stop(): void {
    const pid = this.child?.pid;
    this.child = undefined;
    this.jobs = 0;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function start(): ChildProcess {
  return fork(program, {
    execArgv: ['--import', 'tsx', '--no-warnings'],
    // A group of its own, so that its servers end with it; what changed sources complain about is no news.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
