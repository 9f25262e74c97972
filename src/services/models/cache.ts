/** Answers of models, kept in Postgres under the hash of what was asked. */
import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { ModelTables } from '../migrations/models.ts';
import { textsPerCall } from './texts-per-call.ts';
import type { Classified, ModelResult, Models } from './types.ts';
import { addCost, addUsage, nothing } from './usage.ts';

export interface CacheOptions {
  /** Which models answer; an answer of others is not taken. */
  readonly name: string;
  /** How long an answer is kept. */
  readonly ttlMs: number;
}

type Task = keyof Models;
type Labelled = Classified & { readonly confidence: number };

/**
 * Models that ask only what was not asked before. A kept answer costs nothing and says `cached: true`. Texts of
 * `classifyMany` are kept one by one, under the same hash as those of `classify`, and as soon as their request is
 * answered: a retry pays only for what is missing. A cache that cannot be reached costs money, not answers.
 */
export function cachedModels(models: Models, db: Kysely<ModelTables>, options: CacheOptions): Models {
  const cache = new Cache(db, options);
  return {
    classify: (request, call) => cache.through('classify', request, () => models.classify(request, call)),
    classifyMany: (request, call) => cache.many(request, (texts) => models.classifyMany({ ...request, texts }, call)),
    extract: (request, call) => cache.through('extract', request, () => models.extract(request, call)),
    summarize: (request, call) => cache.through('summarize', request, () => models.summarize(request, call)),
    draft: (request, call) => cache.through('draft', request, () => models.draft(request, call)),
    score: (request, call) => cache.through('score', request, () => models.score(request, call)),
    choose: (request, call) => cache.through('choose', request, () => models.choose(request, call)),
    chat: (request, call) => cache.through('chat', request, () => models.chat(request, call)),
  };
}

class Cache {
  private readonly db: Kysely<ModelTables>;
  private readonly options: CacheOptions;

  constructor(db: Kysely<ModelTables>, options: CacheOptions) {
    this.db = db;
    this.options = options;
  }

  async through<T>(task: Task, request: object, ask: () => Promise<ModelResult<T>>): Promise<ModelResult<T>> {
    const hash = this.hash(task, request);
    const kept = await this.find([hash]);
    const known = kept.get(hash);
    if (known) return known as ModelResult<T>;
    const answer = await ask();
    await this.keep([[hash, answer]]);
    return answer;
  }

  async many(
    request: Parameters<Models['classifyMany']>[0],
    ask: (texts: readonly string[]) => Promise<ModelResult<readonly Labelled[]>>,
  ): Promise<ModelResult<readonly Labelled[]>> {
    const { texts, ...rest } = request;
    const hashes = texts.map((text) => this.hash('classify', { ...rest, text }));
    const kept = await this.find(hashes);
    const missing = new Map(hashes.map((hash, index) => [hash, texts[index] ?? '']));
    for (const hash of kept.keys()) missing.delete(hash);

    let total: Pick<ModelResult<null>, 'usage' | 'cost'> = { usage: nothing, cost: { microUsd: 0 } };
    const open = [...missing];
    for (let from = 0; from < open.length; from += textsPerCall) {
      const chunk = open.slice(from, from + textsPerCall);
      const answer = await ask(chunk.map(([, text]) => text));
      const answers = chunk.flatMap(([hash], index) => {
        const own = answer.value[index];
        return own ? [[hash, { ...answer, confidence: own.confidence, value: withoutConfidence(own) }] as const] : [];
      });
      for (const [hash, own] of answers) kept.set(hash, own);
      total = { usage: addUsage(total.usage, answer.usage), cost: addCost(total.cost, answer.cost) };
      await this.keep(answers);
    }
    return this.together(hashes, kept, { ...total, cached: open.length === 0 });
  }

  private together(
    hashes: readonly string[],
    kept: ReadonlyMap<string, ModelResult<unknown>>,
    rest: Pick<ModelResult<null>, 'usage' | 'cost' | 'cached'>,
  ): ModelResult<readonly Labelled[]> {
    const value = hashes.flatMap((hash) => {
      const own = kept.get(hash);
      return own ? [{ ...(own.value as Classified), confidence: own.confidence }] : [];
    });
    const model = [...kept.values()][0]?.model ?? this.options.name;
    return { ...rest, value, model, confidence: Math.min(1, ...value.map((each) => each.confidence)) };
  }

  private async find(hashes: readonly string[]): Promise<Map<string, ModelResult<unknown>>> {
    const rows = hashes.length === 0 ? [] : await this.read(hashes).catch(() => []);
    return new Map(
      rows.map(({ hash, value, confidence, model }) => [
        hash,
        { value, confidence, model, usage: nothing, cost: { microUsd: 0 }, cached: true },
      ]),
    );
  }

  private read(hashes: readonly string[]) {
    return this.db
      .selectFrom('model_cache')
      .select(['hash', 'value', 'confidence', 'model'])
      .where('hash', 'in', hashes)
      .where('expires_at', '>', sql<Date>`now()`)
      .execute();
  }

  private async keep(answers: readonly (readonly [string, ModelResult<unknown>])[]): Promise<void> {
    const expires_at = new Date(Date.now() + this.options.ttlMs);
    const rows = answers.map(([hash, { value, confidence, model, usage }]) => ({
      hash,
      value: JSON.stringify(value),
      confidence,
      model,
      usage: JSON.stringify(usage),
      expires_at,
    }));
    await this.write(rows).catch(() => undefined);
  }

  private async write(rows: readonly CacheRow[]): Promise<void> {
    await this.db
      .insertInto('model_cache')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('hash').doUpdateSet((row) => ({
          value: row.ref('excluded.value'),
          confidence: row.ref('excluded.confidence'),
          model: row.ref('excluded.model'),
          usage: row.ref('excluded.usage'),
          expires_at: row.ref('excluded.expires_at'),
        })),
      )
      .execute();
    await this.db
      .deleteFrom('model_cache')
      .where('expires_at', '<=', sql<Date>`now()`)
      .execute();
  }

  private hash(task: Task, request: object): string {
    return createHash('sha256')
      .update(canonical([this.options.name, task, request]))
      .digest('hex');
  }
}

interface CacheRow {
  readonly hash: string;
  readonly value: string;
  readonly confidence: number;
  readonly model: string;
  readonly usage: string;
  readonly expires_at: Date;
}

function withoutConfidence({ confidence: _confidence, ...classified }: Labelled): Classified {
  return classified;
}

/** JSON that does not depend on the order of an object's keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}
