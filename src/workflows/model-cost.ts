/** What a run's questions to models cost, and how it goes on where a model cannot. */
import { ApplicationFailure } from '@temporalio/workflow';
import { rootOf } from '../failures.ts';
import type { Budget } from './patterns/budget.ts';

/** Part of a result. `microUsd`: millionths of a dollar; `null` when the price of a call is not known. */
export interface ModelCost {
  readonly tokens: number;
  readonly microUsd: number | null;
}

/** What has been charged to a budget so far. */
export function costOf(spend: Budget): ModelCost {
  const { usage, cost, unpricedCalls } = spend.spent();
  return { tokens: usage.inputTokens + usage.outputTokens, microUsd: unpricedCalls > 0 ? null : cost.microUsd };
}

/**
 * Does the work, or `otherwise` where the model says that it cannot do such a task (`ModelCannot`, as the local models
 * say of a conversation). Every other failure, and cancellation, passes.
 */
export async function unlessModelCannot<T, F>(work: () => Promise<T>, otherwise: () => F | Promise<F>): Promise<T | F> {
  try {
    return await work();
  } catch (error) {
    const root = rootOf(error);
    if (root instanceof ApplicationFailure && root.type === 'ModelCannot') return otherwise();
    throw error;
  }
}
