/** The same as `hand-written.ts`, with Fermata's patterns; run under its interceptors. */
import { isCancellation, proxyActivities } from '@temporalio/workflow';
import { approvalGate } from '../../src/workflows/patterns/approval-gate.ts';
import { batch, ranges, type BatchResult } from '../../src/workflows/patterns/batch.ts';
import { iterate } from '../../src/workflows/patterns/iterate.ts';
import { map } from '../../src/workflows/patterns/map.ts';
import { parallel } from '../../src/workflows/patterns/parallel.ts';
import { route } from '../../src/workflows/patterns/route.ts';
import { saga } from '../../src/workflows/patterns/saga.ts';
import type { BatchSteps } from './batch-activities.ts';
import { stepOptions, steps } from './steps.ts';

export async function parallelBranches(count: number): Promise<number[]> {
  const branches = Array.from({ length: count }, (_, index) => [`b${String(index)}`, () => steps.echo(index)] as const);
  return Object.values(await parallel(Object.fromEntries(branches)));
}

export async function mapItems(count: number): Promise<number[]> {
  return map(
    Array.from({ length: count }, (_, index) => index),
    (index) => steps.echo(index),
  );
}

export async function sagaUndone(): Promise<{ status: string }> {
  try {
    return await saga(async (tx) => {
      for (const step of ['stock', 'payment']) {
        await tx.step(
          step,
          () => steps.book(step),
          () => steps.unbook(step),
        );
      }
      await tx.step('parcel', () => steps.refuse('parcel'));
      return { status: 'done' };
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { status: 'undone' };
  }
}

export async function gateToResult(): Promise<{ status: string; by: readonly string[] }> {
  const gate = approvalGate({
    name: 'review',
    subject: null,
    approvers: ['role:reviewer'],
    requester: 'grace',
    timeout: '24 hours',
  });
  const decision = await gate.decision();
  switch (decision.status) {
    case 'approved':
      return { status: 'approved', by: decision.by };
    case 'rejected':
      return { status: 'rejected', by: [decision.by] };
    case 'expired':
      return { status: 'expired', by: [] };
  }
}

export async function routed(): Promise<string> {
  const kind = await steps.classify('an invoice');
  return route(kind, {
    invoice: () => steps.book('invoice'),
    letter: () => steps.book('letter'),
  });
}

export async function iterated(rounds: number): Promise<number> {
  const { state } = await iterate(0, (sum) => steps.echo(sum + 1), {
    until: (sum) => sum >= 1_000,
    maxIterations: rounds,
  });
  return state;
}

const { bookItems } = proxyActivities<BatchSteps>(stepOptions);

export async function batchItems(total: number): Promise<BatchResult> {
  return batch(ranges(total), (chunk) => bookItems(chunk), { batchSize: 100, maxConcurrency: 20 });
}
