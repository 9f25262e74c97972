import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { approvalGate } from '../../src/workflows/patterns/approval-gate.ts';

/** Takes decisions and never answers them, as if it were terminated in that moment. */
export async function neverAnswering(): Promise<void> {
  // In place of the handler that every run has, which is set when the first steps are done.
  await Promise.resolve();
  setHandler(defineUpdate('decide'), () => condition(() => false));
  await approvalGate({ name: 'release', subject: {}, approvers: ['user:ada'], timeout: '48 hours' }).decision();
}
