import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ModelActivities } from '../../../src/activities/models.ts';
import {
  contextWindow,
  type ContextEntry,
  type ContextWindow,
} from '../../../src/workflows/patterns/context-window.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';

const models = proxyActivities<ModelActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

function open(maxTokens: number): ContextWindow {
  return contextWindow({
    maxTokens,
    summarize: async (text, bound) => (await models.summarizeText({ text, maxWords: bound })).value,
  });
}

export interface Collected {
  readonly entries: readonly ContextEntry[];
  readonly most: number;
  readonly failed: number;
}

/** Adds texts one after the other and remembers the most it ever held. */
export async function collect(maxTokens: number, texts: readonly string[]): Promise<Collected> {
  const context = open(maxTokens);
  let most = 0;
  let failed = 0;
  for (const text of texts) {
    await context.add('note', text).catch(() => {
      failed += 1;
    });
    most = Math.max(most, context.tokens());
  }
  return { entries: context.entries(), most, failed };
}

/** Adds all at once, without waiting in between. */
export async function collectAtOnce(maxTokens: number, texts: readonly string[]): Promise<Collected> {
  const context = open(maxTokens);
  await Promise.all(texts.map((text) => context.add('note', text)));
  return { entries: context.entries(), most: context.tokens(), failed: 0 };
}

/** Two branches that each go on with a copy. */
export async function forked(): Promise<{ base: string; one: string; other: string }> {
  const base = open(1000);
  await base.add('question', 'what next?');
  const { one, other } = await parallel({
    one: async () => {
      const own = base.fork();
      await own.add('one', 'left');
      return own.text();
    },
    other: async () => {
      const own = base.fork();
      await own.add('other', 'right');
      return own.text();
    },
  });
  await base.add('base', 'on');
  return { base: base.text(), one, other };
}

/** Counts words instead of characters. */
export async function counted(): Promise<number> {
  const context = contextWindow({
    maxTokens: 100,
    summarize: async () => '',
    countTokens: (text) => text.split(/\s+/).length,
  });
  await context.add('note', 'three more words');
  return context.tokens();
}
