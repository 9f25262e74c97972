import { proxyActivities } from '@temporalio/workflow';
import type { AdviceActivities } from '../activities/advice.ts';
import type { ModelActivities } from '../activities/models.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort, ordinary } from './activity-options.ts';
import { plannedCounsel, teamCounsel, type Counsel } from './advisers.ts';
import { costOf, unlessModelCannot, type ModelCost } from './model-cost.ts';
import { budget, type Budget } from './patterns/budget.ts';
import { contextWindow, type ContextWindow } from './patterns/context-window.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** A question, and what an answer may cost. */
export interface AdviceRequest {
  readonly question: string;
  /** What the advisers should know. */
  readonly background?: string | undefined;
  /** User who asks, and gets the report. */
  readonly requester: string;
  /** @default 1 dollar, 150,000 tokens, 40 calls */
  readonly budget?: { readonly usd?: number | undefined; readonly tokens?: number | undefined } | undefined;
}

/**
 * What the advisers came to. `advised`: all three have spoken; `partial`: turns or budget ended before; `limited`: no
 * model that reasons is set, so the report holds findings rather than advice.
 */
export interface AdviceResult {
  readonly status: Counsel['status'];
  /** 0 to 1; below 0.7 a person should look at it before anything is done. */
  readonly confidence: number;
  readonly advice: string;
  /** Hash of the report in the file store. */
  readonly report: string;
  readonly cost: ModelCost;
}

const data = proxyActivities<AdviceActivities>(ordinary);
const models = proxyActivities<ModelActivities>(ordinary);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Has analyst, strategist and implementer look at a question over a shared context, within a budget. */
export async function businessAdvice(request: AdviceRequest): Promise<AdviceResult> {
  const { question, background, requester } = request;
  const spend = budget({ usd: request.budget?.usd ?? 1, tokens: request.budget?.tokens ?? 150_000, calls: 40 });
  const context = sharedContext(spend);
  await context.add('question', question);
  if (background !== undefined) await context.add('background', background);

  const counsel = await unlessModelCannot(
    () => teamCounsel(context, spend),
    () => plannedCounsel(question, context, spend),
  );

  const { status, confidence } = counsel;
  const text = written(counsel);
  const { report } = await stage('report', () =>
    data.recordAdvice(key('report'), { question, status, confidence, text }),
  );
  await tell(question, text, requester);
  return { status, confidence, advice: text, report, cost: costOf(spend) };
}

function sharedContext(spend: Budget): ContextWindow {
  return contextWindow({
    maxTokens: 6000,
    summarize: async (text, maxTokens) =>
      spend.charge(await models.summarizeText({ text, maxWords: Math.floor(maxTokens / 2) })).value,
  });
}

/** A heading for each part that somebody had something to say on. */
function written({ parts }: Counsel): string {
  const headings: Readonly<Record<string, string>> = {
    summary: 'In short',
    analyst: 'What we know',
    strategist: 'Options',
    implementer: 'Next steps',
  };
  return Object.entries(parts)
    .filter(([, said]) => said.trim() !== '')
    .map(([role, said]) => `## ${headings[role] ?? role}\n\n${said}`)
    .join('\n\n');
}

async function tell(question: string, text: string, requester: string): Promise<void> {
  const subject = `Advice: ${question.replace(/\s+/gu, ' ').slice(0, 100)}`;
  const message = { to: [`user:${requester}`], subject, text };
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), message), undefined));
}
