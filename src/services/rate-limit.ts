/**
 * A rate limit for the whole fleet: its tokens are rows in the database. A call holds a token while it is made, and the
 * token rests for the whole period after the call has ended. So no `periodMs` ever sees more than `calls` calls arrive,
 * however long each is on its way.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface RateLimitOptions {
  /** Names what is called; limits of the same name share their tokens. */
  readonly name: string;
  /** Calls in a period, at most. */
  readonly calls: number;
  readonly periodMs: number;
  /** A token whose worker died is free again after this time; longer than any call takes. */
  readonly longestCallMs: number;
}

export interface RateLimit {
  /** Waits for its turn and does the work. On cancellation while it waits it rejects with the signal's reason. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Token {
  readonly token: number;
  readonly taken: number;
}

const shortestWaitMs = 10;
const longestWaitMs = 1_000;

/** Opens a limit; its tokens are made at its first use. Throws `RangeError` for numbers that make no sense. */
export function openRateLimit(db: Database, options: RateLimitOptions): RateLimit {
  const { name, calls, periodMs } = options;
  if (!(Number.isInteger(calls) && calls >= 1 && periodMs > 0)) {
    throw new RangeError(`rate limit '${name}': expected at least 1 call in a period above 0`);
  }
  let made: Promise<void> | undefined;
  const make = async (): Promise<void> => {
    made ??= makeTokens(db, name, calls);
    await made.catch((error: unknown) => {
      made = undefined;
      throw error;
    });
  };
  return {
    async run(work, signal) {
      await make();
      const token = await take(db, options, signal);
      try {
        return await work();
      } finally {
        // Lost, it is free after `longestCallMs`; that must not turn work that was done into work that failed.
        await giveBack(db, options, token).catch(() => undefined);
      }
    },
  };
}

async function makeTokens(db: Database, name: string, calls: number): Promise<void> {
  const tokens = Array.from({ length: calls }, (_, token) => ({ name, token }));
  await db
    .insertInto('rate_tokens')
    .values(tokens)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function take(db: Database, options: RateLimitOptions, signal: AbortSignal): Promise<Token> {
  for (;;) {
    signal.throwIfAborted();
    const token = await tryTake(db, options);
    if (token) return token;
    await pause(await waitFor(db, options), undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  }
}

async function tryTake(
  db: Database,
  { name, calls, longestCallMs, periodMs }: RateLimitOptions,
): Promise<Token | undefined> {
  const { rows } = await sql<Token>`update rate_tokens
    set taken = taken + 1, free_at = clock_timestamp() + ${longestCallMs + periodMs}::float8 * interval '1 millisecond'
    where name = ${name} and token = (
      select token from rate_tokens
      where name = ${name} and token < ${calls} and free_at <= clock_timestamp()
      order by free_at limit 1 for update skip locked
    ) returning token, taken`.execute(db);
  return rows[0];
}

async function giveBack(db: Database, { name, periodMs }: RateLimitOptions, { token, taken }: Token): Promise<void> {
  await sql`update rate_tokens
    set free_at = clock_timestamp() + ${periodMs}::float8 * interval '1 millisecond'
    where name = ${name} and token = ${token} and taken = ${taken}`.execute(db);
}

/** Milliseconds until the next token is free. */
async function waitFor(db: Database, { name, calls }: RateLimitOptions): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select (extract(epoch from min(free_at) - clock_timestamp()) * 1000)::float8 as ms
    from rate_tokens where name = ${name} and token < ${calls}`.execute(db);
  return Math.min(Math.max(rows[0]?.ms ?? 0, shortestWaitMs), longestWaitMs);
}
