import { proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import type { ModelActivities } from '../activities/models.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import type { ArticleSource, FinishedArticle, PublishingActivities, ReadSource } from '../activities/publishing.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { costOf, type ModelCost } from './model-cost.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import { budget, type Budget } from './patterns/budget.ts';
import { iterate } from './patterns/iterate.ts';
import { parallel } from './patterns/parallel.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { remind } from './remind.ts';
import { assembleTeam, type Brief, type Team } from './writing-team.ts';

/** What to publish about, and for whom. */
export type ArticleRequest = ArticleSource & {
  /** @default the source's own */
  readonly title?: string | undefined;
  readonly tone?: string | undefined;
  /** User who asks for the article; never its editor. */
  readonly requester?: string | undefined;
};

/** What became of an article. `noSource`: no stored document speaks of the topic. */
export type PublishingResult = { readonly cost: ModelCost } & (
  | { readonly status: 'noSource' }
  | ({ readonly status: 'published'; readonly by: readonly string[]; readonly slug: string } & Written)
  | ({ readonly status: 'rejected'; readonly by: string; readonly reason: string } & Written)
  | ({ readonly status: 'expired' } & Written)
);

/** How it was written. `score`: 0 to 1. */
interface Written {
  readonly title: string;
  readonly team: Team['kind'];
  readonly summarized: boolean;
  readonly score: number;
  readonly rounds: number;
}

/** A draft with its marks. */
interface Draft {
  readonly text: string;
  readonly score: number;
  readonly remarks: readonly string[];
}

/** Sources of more words than this are summarized first. */
const longestSource = 700;
const articleWords = 800;
const enough = { score: 0.9, rounds: 5, patience: 2 };

const publishing = proxyActivities<PublishingActivities>(ordinary);
const undoing = proxyActivities<PublishingActivities>(persistent);
const models = proxyActivities<ModelActivities>(ordinary);
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Writes an article from a source, improves it until it is good enough, and publishes what an editor has approved. */
export async function contentPublishing(request: ArticleRequest): Promise<PublishingResult> {
  const spend = budget({ usd: 2, tokens: 400_000 });
  const source = await stage('gather', () => publishing.gatherSource(request));
  if (source === null) return { status: 'noSource', cost: costOf(spend) };
  const summarized = source.words > longestSource;
  const text = await stage('summarize', () =>
    summarized ? summary(source, spend) : publishing.readSource(source, 20_000),
  );
  const brief: Brief = {
    title: request.title ?? source.title,
    text,
    source,
    tone: request.tone ?? 'plain',
    maxWords: articleWords,
  };

  const team = await assembleTeam(brief, spend);
  const { points, cover } = await stage('prepare', () =>
    parallel({ points: () => team.outline(), cover: () => withFallback(() => illustrate(brief, spend), null) }),
  );
  const first = await stage('draft', async () => graded(await team.draft(points), spend));
  const { best, iterations } = await stage('improve', () => improve(first, team, spend));

  const { title } = brief;
  const written = { title, team: team.kind, summarized, score: best.score, rounds: iterations };
  const decision = await askEditor(
    { title, text: best.text },
    { ...written, cover, origin: source.origin },
    request.requester,
  );
  const cost = costOf(spend);
  if (decision.status === 'expired') return { status: 'expired', ...written, cost };
  if (decision.status === 'rejected')
    return { status: 'rejected', by: decision.by, reason: decision.reason, ...written, cost };

  const final = { title: decision.edited?.title ?? title, text: decision.edited?.text ?? best.text };
  const { slug } = await publish({ ...final, cover, editor: decision.by.join(', '), origin: source.origin });
  await tell(final.title, slug, request.requester);
  return { status: 'published', by: decision.by, slug, ...written, title: final.title, cost };
}

async function summary(source: ReadSource, spend: Budget): Promise<string> {
  return spend.charge(await publishing.summarizeSource(source, longestSource)).value;
}

/** The picture that fits best, drawn from a template. */
async function illustrate({ title, text }: Brief, spend: Budget): Promise<string> {
  const idea = spend.charge(await models.chooseRoute({ text: `${title}\n${text.slice(0, 2000)}`, routes: pictures }));
  return publishing.drawCover(title, idea.value.route);
}

/** Round by round until the score is reached, rounds or money end, or nothing improves. */
function improve(
  first: Draft,
  team: Team,
  spend: Budget,
): Promise<{ readonly best: Draft; readonly iterations: number }> {
  return iterate(first, async ({ text, remarks }) => graded(await team.improve(text, remarks), spend), {
    until: ({ score }) => score >= enough.score || spend.check() === 'exhausted',
    maxIterations: enough.rounds,
    score: ({ score }) => score,
    patience: enough.patience,
  });
}

async function graded(text: string, spend: Budget): Promise<Draft> {
  const economize = spend.check() !== 'ok';
  const { value } = spend.charge(await models.scoreText({ text, criteria, economize }));
  return { text, score: value.score, remarks: value.remarks };
}

const edits = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  text: z.string().trim().min(1).max(50_000).optional(),
});

function askEditor(article: { title: string; text: string }, about: object, requester: string | undefined) {
  return approvalGate<z.infer<typeof edits>>({
    name: 'editing',
    subject: { ...article, ...about },
    approvers: ['role:editor'],
    requester,
    timeout: '72 hours',
    remindEvery: '24 hours',
    editable: edits,
    notify: remind,
  }).decision();
}

/** Page and index, or neither. */
function publish(article: FinishedArticle): Promise<{ readonly slug: string }> {
  return saga(async (tx) => {
    const page = await tx.step(
      'publish',
      (id) => publishing.publishArticle(id, article),
      (_, id) => undoing.unpublishArticle(id),
    );
    await tx.step('index', () => publishing.updateSite());
    return page;
  });
}

async function tell(title: string, slug: string, requester: string | undefined): Promise<void> {
  const to = ['role:editor', ...(requester === undefined ? [] : [`user:${requester}`])];
  const message = { to, subject: `Published: ${title}`, text: `'${title}' is published as ${slug}.html.` };
  await stage('tell', () => withFallback(() => mail.notify(key('tell'), message), undefined));
}

/** What covers can show; the names are those of the templates. */
const pictures = {
  rays: 'light, hope, energy, a beginning, freedom, courage, the future',
  rings: 'people, nations, peace, union, community, health, family, alliance',
  grid: 'technology, data, software, order, law, science, government',
  steps: 'business, growth, work, money, trade, industry, economy, markets',
  waves: 'travel, water, nature, climate, change, music, arts',
};

const criteria = {
  readability: 'plain sentences of at most 20 words on average',
  length: `150 to ${articleWords} words`,
  structure: 'headings where the text is long, and short paragraphs',
  variety: 'nothing is said twice',
};
