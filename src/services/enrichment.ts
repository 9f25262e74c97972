/**
 * Asks an outside source about values, over HTTP: not oftener than it allows, not while it is down, and not again for
 * what it has answered a while ago. All three hold for the whole fleet.
 */
import { sql } from 'kysely';
import { ApplicationFailure } from '@temporalio/common';
import { invalid } from '../failures.ts';
import { openCircuitBreaker } from './circuit-breaker.ts';
import type { Database } from './database.ts';
import { openEmbeddedSource } from './enrichment/embedded-source.ts';
import type { fetchOutside, OutsideAnswer } from './outside-http.ts';
import { openRateLimit } from './rate-limit.ts';

export interface EnrichmentSettings {
  /** `https://…/{value}`; without it the embedded source of facts about countries. */
  readonly url: string | undefined;
  /** Sent as bearer token. */
  readonly token: string | undefined;
  /** Calls a second, of all workers together; 0.5 is one in two seconds. */
  readonly callsPerSecond: number;
  /** How long an answer is kept, in milliseconds. */
  readonly cacheMs: number;
  /** How long the source is left alone after five failures in a row, in milliseconds. */
  readonly pauseMs: number;
}

/** What the source says about a value; `facts` is `null` when it knows nothing. */
export interface Facts {
  readonly found: boolean;
  readonly facts: unknown;
  /** Whether it was answered before. */
  readonly cached: boolean;
}

export interface EnrichmentSource {
  /**
   * Facts about a value. Fails with `OutsideBusy` (resource; the source asks to wait), `OutsideDown`, `OutsideTimeout` or
   * `CircuitOpen` (dependency), `OutsideRefused` or `SourceUnreadable` (validation). On cancellation it stops at once.
   */
  lookUp(value: string, signal: AbortSignal): Promise<Facts>;
  close(): Promise<void>;
}

const timeoutMs = 10_000;
const maxBytes = 100_000;
const failureThreshold = 5;

/** Opens the source; its first use makes its rows in the database. */
export function openEnrichment(
  db: Database,
  outside: typeof fetchOutside,
  settings: EnrichmentSettings,
): EnrichmentSource {
  const { url, callsPerSecond, cacheMs, pauseMs } = settings;
  const embedded = url === undefined ? openEmbeddedSource() : undefined;
  const name = `enrichment ${url ?? 'embedded'}`;
  const breaker = openCircuitBreaker(db, { name, failureThreshold, windowMs: 60_000, openMs: pauseMs });
  const calls = Math.max(1, Math.floor(callsPerSecond));
  const limit = openRateLimit(db, {
    name,
    calls,
    periodMs: (1_000 * calls) / callsPerSecond,
    longestCallMs: timeoutMs,
  });
  const fetchFacts = async (value: string, signal: AbortSignal): Promise<Omit<Facts, 'cached'>> => {
    const template = url ?? (await embedded?.address()) ?? '';
    const address = template.replaceAll('{value}', encodeURIComponent(value));
    const headers = settings.token === undefined ? {} : { Authorization: `Bearer ${settings.token}` };
    // The embedded source is on this machine, where nothing else may be fetched from.
    const allow = embedded === undefined ? {} : { allow: ['127.0.0.1'] };
    return answerOf(value, () => outside(address, { timeoutMs, maxBytes, headers, signal, ...allow }));
  };
  return {
    async lookUp(value, signal) {
      const known = await fromCache(db, name, value, cacheMs);
      if (known) return { ...known, cached: true };
      const fresh = await limit.run(() => breaker.run(() => fetchFacts(value, signal)), signal);
      await keep(db, name, value, fresh);
      return { ...fresh, cached: false };
    },
    close: async () => embedded?.close(),
  };
}

async function answerOf(value: string, ask: () => Promise<OutsideAnswer>): Promise<Omit<Facts, 'cached'>> {
  try {
    const { body } = await ask();
    return { found: true, facts: parse(value, new TextDecoder().decode(body)) };
  } catch (error) {
    const [details] = (error instanceof ApplicationFailure ? (error.details ?? []) : []) as { status?: unknown }[];
    if (details?.status === 404) return { found: false, facts: null };
    throw error;
  }
}

function parse(value: string, text: string): unknown {
  try {
    return JSON.parse(text.replaceAll('\\u0000', '')) as unknown;
  } catch {
    throw invalid('SourceUnreadable', `what the source says about '${value}' is no JSON`);
  }
}

async function fromCache(
  db: Database,
  source: string,
  value: string,
  cacheMs: number,
): Promise<{ found: boolean; facts: unknown } | undefined> {
  return db
    .selectFrom('enrichment_cache')
    .select(['found', 'facts'])
    .where('source', '=', source)
    .where('value', '=', value)
    .where('fetched_at', '>', sql<Date>`clock_timestamp() - ${cacheMs}::float8 * interval '1 millisecond'`)
    .executeTakeFirst();
}

async function keep(
  db: Database,
  source: string,
  value: string,
  { found, facts }: Omit<Facts, 'cached'>,
): Promise<void> {
  const row = { found, facts: JSON.stringify(facts), fetched_at: sql<Date>`clock_timestamp()` };
  await db
    .insertInto('enrichment_cache')
    .values({ source, value, ...row })
    .onConflict((conflict) => conflict.columns(['source', 'value']).doUpdateSet(row))
    .execute();
}
