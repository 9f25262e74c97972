import { proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import { approvalGate, type GateDecision, type GateOptions } from '../../../src/workflows/patterns/approval-gate.ts';

export interface Mail {
  notify(event: string): Promise<void>;
}
const { notify } = proxyActivities<Mail>({ startToCloseTimeout: '10 seconds' });

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
