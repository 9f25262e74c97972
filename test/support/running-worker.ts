/** A worker that runs beside the tests of a file, from the first one that needs it on. */
import { Worker, type WorkerOptions } from '@temporalio/worker';

interface Running {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

export class RunningWorker {
  private readonly options: () => Promise<WorkerOptions>;
  private running: Promise<Running> | undefined;

  constructor(options: () => Promise<WorkerOptions>) {
    this.options = options;
  }

  /** Does what needs the worker; fails as soon as the worker fails. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.running ??= this.start();
    const { ended } = await this.running;
    const lost = ended.then((): never => {
      throw new Error('the worker ended while a test needed it');
    });
    return Promise.race([work(), lost]);
  }

  /** Lets what is at work finish for as long as the grace time says. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const { worker, ended } = await this.running;
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  }

  private async start(): Promise<Running> {
    const worker = await Worker.create({ ...(await this.options()), shutdownGraceTime: '1 second' });
    const ended = worker.run();
    // Told to whoever works with it, and to whoever stops it.
    ended.catch(() => undefined);
    return { worker, ended };
  }
}
