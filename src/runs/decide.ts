import { createHash } from 'node:crypto';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Decision, DecisionAnswer, GateView } from '../workflows/patterns/gate-messages.ts';
import { gatesOf } from './describe.ts';
import { askToAct, Refused, withLimit, type Runs } from './session.ts';

/**
 * Sends a decision as an update and says what became of it. Sent again in the same situation it is the same update, so
 * a repeated call counts once; once the gate has changed it is a new one and is judged anew.
 *
 * Throws `BadInput` for an unknown run, {@link Refused} when no worker answers in time, and `WorkerBusy` when one is there
 * but does not: the decision may then still arrive, and sending it again is safe.
 */
export async function decide(runs: Runs, id: string, decision: Decision): Promise<DecisionAnswer> {
  const { runId } = await withLimit(runs, id, () => runs.client.workflow.getHandle(id).describe());
  const gates = await gatesOf(runs, id, runId, askToAct);
  const gate = gateFor(gates, decision.gate);
  const handle = runs.client.workflow.getHandle(id, runId);
  const updateId = updateIdOf(decision, gate);
  try {
    return await askToAct(runs, id, () =>
      handle.executeUpdate<DecisionAnswer, [Decision]>('decide', { args: [decision], updateId }),
    );
  } catch (error) {
    // The run closed meanwhile or before: its gates still say what was decided.
    if (isClosed(error)) return closedAnswer(await gatesOf(runs, id, runId, askToAct), decision);
    if (error instanceof WorkflowUpdateFailedError) throw new Refused(error.cause?.message ?? error.message);
    throw error;
  }
}

/** Sends a decision as a signal, without an answer. Throws `BadInput` for a run that is not there or has ended. */
export async function signalDecision(runs: Runs, id: string, decision: Decision): Promise<void> {
  await withLimit(runs, id, () => runs.client.workflow.getHandle(id).signal('decide', decision));
}

function gateFor(gates: readonly GateView[], name: string | undefined): GateView | undefined {
  if (name !== undefined) return gates.find((gate) => gate.name === name);
  const open = gates.filter((gate) => gate.state === 'open');
  if (open.length > 0) return open.length === 1 ? open[0] : undefined;
  return gates.length === 1 ? gates[0] : undefined;
}

/** One id for one decision about one state of the gate; a refused one may become right when the gate changes. */
function updateIdOf(decision: Decision, gate: GateView | undefined): string {
  const about = gate && [gate.openedAt, gate.state, gate.subjectHash, gate.approvers, gate.votes];
  const hash = createHash('sha256')
    .update(JSON.stringify([decision, about ?? null]))
    .digest('hex')
    .slice(0, 16);
  return `decide-${gate?.name ?? decision.gate ?? 'any'}-${decision.by}-${decision.vote}-${hash}`;
}

/** The run had closed before the update came, or closed before it answered. */
function isClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow') return true;
  return cause instanceof WorkflowNotFoundError || error instanceof WorkflowNotFoundError;
}

function closedAnswer(gates: readonly GateView[], decision: Decision): DecisionAnswer {
  const gate = gateFor(gates, decision.gate);
  if (!gate) {
    return {
      status: 'refused',
      gate: decision.gate ?? null,
      code: 'noGate',
      reason: 'the run has ended; no gate is open',
    };
  }
  const outcome = gate.state === 'open' ? 'expired' : gate.state;
  const winning = outcome === 'approved' ? 'approve' : 'reject';
  const by = outcome === 'expired' ? [] : gate.votes.filter(({ vote }) => vote === winning).map((vote) => vote.by);
  return { status: 'alreadyDecided', gate: gate.name, outcome, by };
}
