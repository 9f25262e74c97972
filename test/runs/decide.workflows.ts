import { allHandlersFinished, condition, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { approvalGate } from '../../src/workflows/patterns/approval-gate.ts';
import type { DecisionAnswer } from '../../src/workflows/patterns/gate-messages.ts';

/** Takes decisions and never answers them, as if it were terminated in that moment. */
export async function neverAnswering(): Promise<void> {
  // In place of the handler that every run has, which is set when the first steps are done.
  await Promise.resolve();
  setHandler(defineUpdate('decide'), () => condition(() => false));
  await approvalGate({ name: 'release', subject: {}, approvers: ['user:ada'], timeout: '48 hours' }).decision();
}

/** Takes decisions, answers them once it is told to, and returns how many there were. */
export async function answeringLate(): Promise<number> {
  let taken = 0;
  let told = false;
  setHandler(defineSignal('answer'), () => {
    told = true;
  });
  await Promise.resolve();
  setHandler(defineUpdate<DecisionAnswer>('decide'), async (): Promise<DecisionAnswer> => {
    taken += 1;
    await condition(() => told);
    return { status: 'accepted', gate: 'release', outcome: 'approved', votes: taken, quorum: 1 };
  });
  await condition(() => taken > 0 && told && allHandlersFinished());
  return taken;
}
