import { ActivityCancellationType, condition, makeContinueAsNewFunc, proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import {
  approvalGate,
  listGates,
  type GateDecision,
  type GateOptions,
} from '../../../src/workflows/patterns/approval-gate.ts';

export interface Mail {
  notify(event: string): Promise<void>;
}
const { notify } = proxyActivities<Mail>({
  startToCloseTimeout: '10 days',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 2 },
});

type Plain = Omit<GateOptions<{ amount: string }>, 'notify' | 'editable'>;

/** One gate; reminders and escalations are mailed. */
export async function gated(options: Plain): Promise<GateDecision<{ amount: string }>> {
  const gate = approvalGate({
    ...options,
    editable: z.strictObject({ amount: z.string().regex(/^\d+$/) }),
    notify: (event) => notify(event),
  });
  return gate.decision();
}

/** Two gates at once. */
export async function twoGates(): Promise<string[]> {
  const options = { subject: 'x', approvers: ['role:boss'], timeout: '1 day' } as const;
  const gates = [approvalGate({ ...options, name: 'one' }), approvalGate({ ...options, name: 'two' })];
  return (await Promise.all(gates.map((gate) => gate.decision()))).map((decision) => decision.status);
}

/** A gate whose schema fails on everything. */
export async function fragile(): Promise<string> {
  const editable = {
    safeParse: (): never => {
      throw new Error('this schema is broken');
    },
  };
  const gate = approvalGate({ name: 'a', subject: 1, approvers: ['role:boss'], timeout: '1 day', editable });
  return (await gate.decision()).status;
}

/** Continues as new once somebody has voted, with the gate still open. */
export async function renewed(options: Plain, generation = 1): Promise<{ generation: number; status: string }> {
  const gate = approvalGate({ ...options, notify: (event) => notify(event) });
  const decision = gate.decision();
  if (generation === 1) {
    await condition(() => listGates()[0]?.votes.length === 1);
    await makeContinueAsNewFunc<typeof renewed>()(options, 2);
  }
  return { generation, status: (await decision).status };
}
