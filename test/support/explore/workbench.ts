/** What the explorations of one test file share: a bundle, two workers, and one that replays. */
import { fileURLToPath } from 'node:url';
import { Worker, type InjectedSinks, type ReplayResult, type WorkflowBundlePath } from '@temporalio/worker';
import { workflowBundle } from '../bundles.ts';
import type { ExploreSinks } from './interceptors.ts';
import { Session, type Explorable, type History } from './session.ts';

interface Recorded {
  readonly workflowId: string;
  readonly history: History;
}

type Replays = AsyncIterableIterator<ReplayResult, undefined>;

export class Workbench {
  private readonly parts: Explorable;
  private bundle: Promise<WorkflowBundlePath> | undefined;
  private readonly sessions = new Map<number, Promise<Session>>();
  private replays: Replays | undefined;
  private next: Recorded | undefined;

  constructor(parts: Explorable) {
    this.parts = parts;
  }

  /** A worker that keeps runs in its cache between their tasks. */
  get cached(): Promise<Session> {
    return this.session(50);
  }

  /** A worker to which every task is new. */
  get uncached(): Promise<Session> {
    return this.session(0);
  }

  /** Replays a history; says what is wrong if it does not. */
  async replay(recorded: Recorded): Promise<string | undefined> {
    this.replays ??= Worker.runReplayHistories(await this.replayOptions(), this.recorded());
    this.next = recorded;
    const result = await this.replays.next();
    if (result.done) throw new Error('the replay has ended before its histories');
    return result.value.error?.message;
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).close();
    await this.replays?.return?.();
  }

  private async session(cache: number): Promise<Session> {
    const open = this.sessions.get(cache) ?? this.bundled().then((bundle) => Session.open(this.parts, bundle, cache));
    this.sessions.set(cache, open);
    return open;
  }

  /** The workflows with their own interceptors, inside of those that name the points. */
  private bundled(): Promise<WorkflowBundlePath> {
    const naming = fileURLToPath(new URL('./interceptors.ts', import.meta.url));
    this.bundle ??= workflowBundle(this.parts.workflowsPath, [naming, ...this.parts.interceptorModules]);
    return this.bundle;
  }

  private async replayOptions() {
    // Not in the debug mode of replays: it hooks into every promise of this process, and for good.
    return { workflowBundle: await this.bundled(), sinks: silentSinks, debugMode: false };
  }

  /** The histories to replay, each asked for by the replay. */
  private async *recorded(): AsyncGenerator<Recorded> {
    while (this.next) {
      const { next } = this;
      this.next = undefined;
      yield next;
    }
  }
}

/** Nothing is reached again in a replay. */
const silentSinks: InjectedSinks<ExploreSinks> = {
  explore: { reached: { fn: () => undefined }, answered: { fn: () => undefined } },
};
