/** Runs around every activity of an explored run and lets go wrong what the plan says. */
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import { activityInfo, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { failure, type Category } from '../../../src/failures.ts';
import { headerKey, type ActivityPlan } from './plan.ts';

/** What an activity tells the exploration, and asks of it. */
export interface ActivitySession {
  /** A fault happened as planned at this point. */
  injected(label: string): void;
  /** A fault cannot happen at this point: the work had no effect, because it failed for good or was cancelled before. */
  impossible(label: string): void;
  /** Counts the calls that are at work right now. */
  entered(label: string): void;
  left(label: string): void;
  cancelRun(): Promise<void>;
  /** Waits until the activity may end without getting in the way of a task. A shielded one is never asked to cancel. */
  ending(shielded: boolean): Promise<void>;
  /** Settles when the explored run has closed. */
  readonly closed: Promise<void>;
  readonly isOver: boolean;
}

/** `current` gives the run that is explored at the moment. */
export function faultyActivities(current: () => ActivitySession | undefined): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next): Promise<unknown> {
      const payload = input.headers[headerKey];
      const session = current();
      if (!payload || !session || session.isOver) return next(input);
      const plan = defaultPayloadConverter.fromPayload<ActivityPlan>(payload);
      session.entered(plan.label);
      const work = (): Promise<unknown> => next(input);
      const call = new FaultyCall(plan, session, plan.local ? work : () => beating(work));
      try {
        return await call.run();
      } finally {
        // No task follows an attempt that is retried.
        if (!plan.local && !call.retried) await session.ending(plan.shielded);
        session.left(plan.label);
      }
    },
  };
}

/** Milliseconds from one sign of life to the next, while a cancellation is waited for and else. */
const beat = { soon: 20, usually: 100 } as const;

class FaultyCall {
  /** The injected failure leads to another attempt. */
  retried = false;
  private readonly plan: ActivityPlan;
  private readonly session: ActivitySession;
  private readonly work: () => Promise<unknown>;

  constructor(plan: ActivityPlan, session: ActivitySession, work: () => Promise<unknown>) {
    this.plan = plan;
    this.session = session;
    this.work = work;
  }

  async run(): Promise<unknown> {
    const [fault] = this.plan.faults;
    const first = activityInfo().attempt === 1;
    if (fault === undefined) return this.work();
    if (fault.startsWith('fails') && (first || !fault.startsWith('fails once'))) throw this.failed(fault);
    if (fault === 'unanswered' || (fault === 'unanswered once' && first)) return this.silence();
    if (fault.startsWith('cancelled') && first && !this.plan.local) return this.cancelled(fault);
    if (fault === 'completes though cancelled' && first) return this.completes();
    return this.work();
  }

  private failed(fault: string): Error {
    this.session.injected(this.plan.label);
    const category = fault.slice(fault.indexOf(':') + 2) as Category;
    const { attempts } = this.plan;
    this.retried =
      category !== 'validation' && category !== 'logic' && (attempts === 0 || activityInfo().attempt < attempts);
    return failure(category, `injected: ${fault}`, { type: 'Injected', nextRetryDelay: 1 });
  }

  /** Does its work, then falls silent until the run is over. */
  private async silence(): Promise<never> {
    await this.effect();
    this.session.injected(this.plan.label);
    this.session.left(this.plan.label);
    await this.session.closed;
    this.session.entered(this.plan.label);
    throw new CancelledFailure('the run is over');
  }

  /** Work that a fault is to follow. */
  private async effect(): Promise<unknown> {
    try {
      return await this.work();
    } catch (error) {
      const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true;
      if (isFinal || Context.current().cancellationSignal.aborted) this.session.impossible(this.plan.label);
      throw error;
    }
  }

  private async cancelled(fault: string): Promise<unknown> {
    if (fault === 'cancelled after its effect') {
      const result = await this.effect();
      await this.session.cancelRun();
      this.session.injected(this.plan.label);
      if (await this.told()) throw new CancelledFailure('injected: cancelled after the effect');
      return result;
    }
    // An activity that the workflow shields is not told of the cancellation: it does its work.
    if (await this.told()) throw new CancelledFailure('injected: cancelled');
    return this.work();
  }

  private async completes(): Promise<unknown> {
    const result = await this.effect();
    await this.session.cancelRun();
    this.session.injected(this.plan.label);
    await this.told();
    return result;
  }

  /** Waits until the cancellation reaches the activity; heartbeats carry it. */
  private async told(): Promise<boolean> {
    if (this.plan.shielded) return false;
    const signal = Context.current().cancellationSignal;
    const deadline = Date.now() + 1_500;
    await beating(async () => {
      while (!signal.aborted && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    }, beat.soon);
    return signal.aborted;
  }
}

/** Gives signs of life: they carry a cancellation to the activity, soon at first and then often enough not to time out. */
async function beating<T>(work: () => Promise<T>, everyMs: number = beat.usually): Promise<T> {
  const context = Context.current();
  const first = setTimeout(() => context.heartbeat(), beat.soon);
  const timer = setInterval(() => context.heartbeat(), everyMs);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(timer);
  }
}
