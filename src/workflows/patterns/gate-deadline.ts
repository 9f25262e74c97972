/** The clock of a gate: its absolute end, and what rings on the way there. Times are milliseconds since 1970. */
import { CancellationScope, condition, log } from '@temporalio/workflow';
import { addStraggler } from './run-state.ts';

/** What rings when. */
interface Timetable {
  readonly openedAt: number;
  readonly due: number;
  /** Milliseconds between reminders; `Infinity` for none. */
  readonly remindEvery: number;
  readonly escalations: readonly { readonly at: number; readonly approvers: readonly string[] }[];
  isOpen(): boolean;
  remind(): void;
  escalate(approvers: readonly string[]): void;
}

/** How far a clock has come, as JSON: what is carried over when a run continues as new. */
export interface ClockState {
  nextReminder: number;
  /** Escalations that have rung. */
  escalated: number;
}

/** The state of a clock that has just started. */
export function newClock(openedAt: number, remindEvery: number): ClockState {
  // Infinity is not JSON, and the clock travels to a run that goes on with this one.
  return { nextReminder: Math.min(openedAt + remindEvery, Number.MAX_SAFE_INTEGER), escalated: 0 };
}

/**
 * Waits until the gate is no longer open or its end has come. Nothing rings after either. Reminders that were missed,
 * because no worker ran, ring once. On cancellation it ends as cancelled and leaves no timer.
 */
export async function waitForEnd(gate: Timetable, clock: ClockState): Promise<void> {
  while (gate.isOpen()) {
    const escalation = gate.escalations[clock.escalated];
    const wait = Math.min(gate.due, clock.nextReminder, escalation?.at ?? Infinity) - Date.now();
    if (wait > 0) await condition(() => !gate.isOpen(), wait);
    const now = Date.now();
    if (!gate.isOpen() || now >= gate.due) return;
    if (escalation && now >= escalation.at) {
      clock.escalated += 1;
      gate.escalate(escalation.approvers);
    } else if (now >= clock.nextReminder) {
      const missed = Math.floor((now - clock.nextReminder) / gate.remindEvery);
      clock.nextReminder += (missed + 1) * gate.remindEvery;
      gate.remind();
    }
  }
}

/**
 * Tells people without anybody waiting for it: a notice that takes long, or fails, does not hold up the decision. Those
 * still under way when the gate closes are cancelled, and the run waits for them before it closes.
 */
export class Notices {
  private readonly scope = new CancellationScope();

  send(gate: string, work: () => Promise<unknown>): void {
    const told = this.scope.run(work);
    addStraggler(
      told.catch((error: unknown) => {
        if (!this.scope.consideredCancelled) log.warn('could not notify', { gate, error: String(error) });
      }),
    );
  }

  close(): void {
    this.scope.cancel();
  }
}
