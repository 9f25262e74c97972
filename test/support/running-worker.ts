/** A worker that runs beside a test. */
import { Worker, type WorkerOptions } from '@temporalio/worker';

export class RunningWorker {
  private readonly worker: Worker;
  private readonly ended: Promise<void>;

  private constructor(worker: Worker) {
    this.worker = worker;
    this.ended = worker.run();
    // Told to whoever works with it, and to whoever stops it.
    this.ended.catch(() => undefined);
  }

  static async start(options: WorkerOptions): Promise<RunningWorker> {
    return new RunningWorker(await Worker.create({ shutdownGraceTime: '1 second', ...options }));
  }

  /** Does what needs the worker; fails as soon as the worker fails. */
  during<T>(work: Promise<T>): Promise<T> {
    const lost = this.ended.then((): never => {
      throw new Error('the worker ended while a test needed it');
    });
    return Promise.race([work, lost]);
  }

  /** Lets what is at work finish for as long as the grace time says. */
  async stop(): Promise<void> {
    if (this.worker.getState() === 'RUNNING') this.worker.shutdown();
    await this.ended;
  }
}
