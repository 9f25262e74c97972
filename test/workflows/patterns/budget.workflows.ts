import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ModelActivities } from '../../../src/activities/models.ts';
import { budget, type BudgetState, type Limits, type Spent } from '../../../src/workflows/patterns/budget.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';

const models = proxyActivities<ModelActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 2 },
});

const labels = ['refund', 'delivery'];

/** Classifies as many texts as the budget lets it; the cheaper model takes over when it is asked for. */
export async function classifyWithin(
  limits: Limits,
  texts: readonly string[],
): Promise<{ states: BudgetState[]; models: string[]; spent: Spent; left: Limits }> {
  const spend = budget(limits);
  const states: BudgetState[] = [];
  const answeredBy: string[] = [];
  for (const text of texts) {
    const state = spend.check();
    states.push(state);
    if (state === 'exhausted') break;
    const economize = state === 'economize';
    const answer = spend.charge(await models.classifyText({ task: 'intent', text, labels, economize }));
    answeredBy.push(answer.model);
  }
  return { states, models: answeredBy, spent: spend.spent(), left: spend.left() };
}

/** Two branches with a slice each; what they spend is charged to the whole. */
export async function classifyInSlices(limits: Limits, shares: readonly [number, number]) {
  const whole = budget(limits);
  const one = whole.slice(shares[0]);
  const other = whole.slice(shares[1]);
  await parallel({
    one: async () => one.charge(await models.classifyText({ task: 'intent', text: 'one', labels })),
    other: async () => other.charge(await models.classifyText({ task: 'intent', text: 'other', labels })),
  });
  return {
    one: { state: one.check(), spent: one.spent(), left: one.left() },
    other: { state: other.check(), spent: other.spent(), left: other.left() },
    whole: { state: whole.check(), spent: whole.spent(), left: whole.left() },
  };
}

/** What the limits lead to without any call. */
export async function look(limits: Limits, part?: number): Promise<BudgetState> {
  const spend = budget(limits);
  return (part === undefined ? spend : spend.slice(part)).check();
}

/** A child that was given what is left, and whose account is charged as a whole. */
export async function chargeOfChild(): Promise<{ spent: Spent; left: Limits; nested: Limits }> {
  const parent = budget({ usd: 1, tokens: 1000, calls: 10 });
  const child = budget(parent.left());
  child.charge({ usage: { inputTokens: 100, outputTokens: 50, calls: 2 }, cost: { microUsd: 250_000 } });
  child.charge({ usage: { inputTokens: 1, outputTokens: 1, calls: 1 }, cost: { microUsd: null } });
  parent.charge(child.spent());
  return { spent: parent.spent(), left: parent.left(), nested: parent.slice({ usd: 5 }).slice(0.5).left() };
}
