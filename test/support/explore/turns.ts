/** Keeps what a run is told apart from the tasks in which it answers. */
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that are enough for an answer to be recorded by the server. */
const recorded = 6;
/** So many milliseconds after the last answer no cancellation is on its way from a run to its children. */
const arrived = 150;
/**
 * So many milliseconds after the last task no other one follows: the activity is retried, or its workflow has closed. A
 * worker that has just been started takes longer.
 */
const noTask = { usually: 400, withRestart: 1_500 } as const;

/**
 * One message at a time: an activity ends, or a cancellation is sent, only after the task that followed the message
 * before has been answered. The time-skipping server never goes on with a run whose activity ends during the very task
 * that asks to cancel it.
 */
export class Turns {
  private queue: Promise<void> = Promise.resolve();
  private tasks = 0;
  private answeredAt = 0;
  /** The next message may come when so many tasks have been answered, or when it is too late for that. */
  private awaited = 0;
  private givenUpAt = 0;
  private cancelled = false;
  private wake: () => void = () => undefined;
  private readonly noTask: number;

  constructor(withRestart: boolean) {
    this.noTask = withRestart ? noTask.withRestart : noTask.usually;
  }

  /** The run has answered a task. */
  answered(): void {
    this.tasks += 1;
    this.answeredAt = Date.now();
    this.givenUpAt = this.answeredAt + this.noTask;
    this.wake();
  }

  /** Waits for its turn; one more task is expected to follow. */
  take(): Promise<void> {
    this.queue = this.queue.then(async () => {
      for (let ms = this.untilFree(); ms > 0; ms = this.untilFree()) await this.nextAnswer(ms);
      this.expect(1);
    });
    return this.queue;
  }

  /** A cancellation is sent: it may go from run to run, in tasks that nobody can count. */
  cancels(): void {
    this.cancelled = true;
  }

  /** Waits until a cancellation that was sent has come to wherever it goes. */
  async calm(): Promise<void> {
    while (this.cancelled && Date.now() < this.answeredAt + arrived) await pause(5);
  }

  /** For a message that is sent within a task: this task and one more are expected. */
  hold(): void {
    this.expect(2);
  }

  private expect(tasks: number): void {
    this.awaited = Math.max(this.awaited, this.tasks + tasks);
    this.givenUpAt = Date.now() + this.noTask;
  }

  /** Milliseconds until the next message may come, if no task is answered before. */
  private untilFree(): number {
    const freeAt = this.tasks >= this.awaited ? Math.min(this.answeredAt + recorded, this.givenUpAt) : this.givenUpAt;
    return freeAt - Date.now();
  }

  /** Waits for the answer to a task, at most so many milliseconds. */
  private async nextAnswer(ms: number): Promise<void> {
    const answer = new AbortController();
    this.wake = () => {
      answer.abort();
    };
    await pause(ms, undefined, { signal: answer.signal }).catch(() => undefined);
  }
}
