/** What holds for every run, whatever went wrong in it. */
import { temporal } from '@temporalio/proto';
import type { GateView } from '../../../src/workflows/patterns/gate-messages.ts';
import { openIn } from '../history.ts';
import type { Fault, FaultKind } from './plan.ts';
import type { Finished } from './session.ts';

const cancelling: readonly FaultKind[] = ['cancelled', 'cancelled twice', 'cancelled after its effect'];

/**
 * Nothing outlives the run, a cancelled run ends as cancelled, and a gate has one decision with one vote a person.
 * `survives`: points at which a cancellation need not end the run, because what follows is shielded.
 */
export async function check(finished: Finished, survives: (fault: Fault) => boolean): Promise<string[]> {
  const { outcome, histories, stillAtWork } = finished;
  if (outcome.status === 'hung') return [`the run did not end; its last events: ${lastEvents(finished).join(', ')}`];
  const broken: string[] = [];
  for (const [index, open] of histories.map(openIn).entries()) {
    if (open.activities.length > 0) broken.push(`activities without an end: ${open.activities.join(', ')}`);
    // The deadline of a loop goes along to the next run; its timer here ends with this one.
    const goesOn = index < histories.length - 1;
    if (open.timers.length > 0 && !goesOn) broken.push(`timers left pending: ${open.timers.length}`);
  }
  if (stillAtWork.length > 0) broken.push(`at work after the run had closed: ${stillAtWork.join(', ')}`);
  if (outcome.status !== 'cancelled' && mustCancel(finished, survives)) {
    broken.push(`was cancelled and ended as ${outcome.status}`);
  }
  const failures = histories
    .flatMap(({ events }) => events ?? [])
    .map((each) => each.workflowTaskFailedEventAttributes);
  const failed = failures.find((each) => each?.failure);
  if (failed) broken.push(`a workflow task failed: ${failed.failure?.message ?? ''}`);
  return [...broken, ...(await checkGates(finished))];
}

/** Types of the events before the termination of a run that was stuck. */
export function lastEvents({ histories }: Finished): string[] {
  const events = histories.at(-1)?.events ?? [];
  return events
    .slice(-7, -1)
    .map(({ eventType }) => temporal.api.enums.v1.EventType[eventType ?? 0] ?? String(eventType));
}

/**
 * The time-skipping server wrote down that an activity ended, or timed out, in the middle of a task. No real server does,
 * and such a history cannot be replayed.
 */
export function isTorn({ histories }: Finished): boolean {
  return histories.some(({ events }) =>
    events?.some((event, index) => {
      const next = events[index + 1];
      return event.workflowTaskStartedEventAttributes && next?.activityTaskStartedEventAttributes;
    }),
  );
}

function mustCancel({ run }: Finished, survives: (fault: Fault) => boolean): boolean {
  const [fault] = run.faults;
  if (
    !fault ||
    run.faults.length > 1 ||
    run.cannot.has(fault.at) ||
    !cancelling.includes(fault.kind) ||
    survives(fault)
  )
    return false;
  const kind = run.points.get(fault.at)?.kind;
  return kind === 'activity' || kind === 'timer' || kind === 'gate' || kind === 'child';
}

async function checkGates({ handle, run }: Finished): Promise<string[]> {
  const opened = [...run.points.values()].flatMap((point) => point.gate ?? []);
  if (opened.length === 0) return [];
  const gates = await handle.query<GateView[]>('gates');
  return gates.flatMap((gate) => {
    const broken: string[] = [];
    if (gate.state === 'open') broken.push(`gate '${gate.name}' is still open`);
    const voters = gate.votes.map((vote) => vote.by);
    if (new Set(voters).size < voters.length) broken.push(`gate '${gate.name}': somebody's vote counted twice`);
    if (gate.requester !== null && voters.includes(gate.requester)) {
      broken.push(`gate '${gate.name}': the requester's own vote counted`);
    }
    return broken;
  });
}
