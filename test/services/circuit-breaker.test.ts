import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import { failure } from '../../src/failures.ts';
import { openCircuitBreaker, type CircuitBreaker, type CircuitOptions } from '../../src/services/circuit-breaker.ts';
import { circuitMigrations, type CircuitTables } from '../../src/services/migrations/circuits.ts';
import { testDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
/** Two pools of connections, as two workers have them. */
let pools: readonly [Kysely<CircuitTables>, Kysely<CircuitTables>];
let names = 0;

beforeAll(async () => {
  database = await testDatabase();
  const open = (): Kysely<CircuitTables> =>
    new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.url, max: 25 }) }) });
  pools = [open(), open()];
  const provider = { getMigrations: async () => circuitMigrations };
  expect((await new Migrator({ db: pools[0], provider }).migrateToLatest()).error).toBeUndefined();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()));
  await database.stop();
});

const long = 3_600_000;

/** The same breaker in two workers. */
function breakers(options: Partial<CircuitOptions> = {}): [CircuitBreaker, CircuitBreaker] {
  names += 1;
  const all = { name: `vendor-${String(names)}`, failureThreshold: 3, openMs: long, ...options };
  return [openCircuitBreaker(pools[0], all), openCircuitBreaker(pools[1], all)];
}

const down = failure('dependency', 'the vendor is down', { type: 'VendorDown' });
const fails = (error: Error) => (): Promise<never> => Promise.reject(error);
const works = async (): Promise<string> => 'fine';

/** How a call ended: what it gave, or the type of its failure. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error instanceof ApplicationFailure ? error.type : String(error)));
}

/** Lets the time of an open circuit, or of a probe, be over. */
async function timePasses(): Promise<void> {
  const name = `vendor-${String(names)}`;
  await pools[0]
    .updateTable('circuits')
    .set({ until: new Date(0) })
    .where('name', '=', name)
    .execute();
}

async function opened(options: Partial<CircuitOptions> = {}): Promise<[CircuitBreaker, CircuitBreaker]> {
  const pair = breakers({ failureThreshold: 1, ...options });
  expect(await outcome(pair[0].run(fails(down)))).toBe('VendorDown');
  return pair;
}

describe('a closed circuit', () => {
  it('opens for every worker after so many failures in a row', async () => {
    const [one, other] = breakers();
    for (const each of [one, other, one]) expect(await outcome(each.run(fails(down)))).toBe('VendorDown');
    expect(await outcome(one.run(works))).toBe('CircuitOpen');
    expect(await outcome(other.run(works))).toBe('CircuitOpen');
  });

  it('counts failures in a row only: a success in between begins anew', async () => {
    const [one, other] = breakers();
    for (const work of [fails(down), fails(down), works, fails(down), fails(down)]) await outcome(other.run(work));
    expect(await outcome(one.run(works))).toBe('fine');
  });

  it.each([
    ['bad input', failure('validation', 'no such part', { type: 'NoPart' })],
    ['a full vendor', failure('resource', 'slow down', { type: 'TooMany' })],
    ['our own mistake', failure('logic', 'impossible', { type: 'Broken' })],
    ['an error without a category', new Error('what?')],
  ])('does not count %s', async (_, error) => {
    const [one] = breakers({ failureThreshold: 1 });
    await outcome(one.run(fails(error)));
    expect(await outcome(one.run(works))).toBe('fine');
  });

  it('counts time-outs', async () => {
    const [one] = breakers({ failureThreshold: 1 });
    await outcome(one.run(fails(failure('transient', 'no answer', { type: 'NoAnswer' }))));
    expect(await outcome(one.run(works))).toBe('CircuitOpen');
  });

  it('forgets failures that lie outside its window', async () => {
    const [one] = breakers({ failureThreshold: 2, windowMs: 50 });
    await outcome(one.run(fails(down)));
    await pause(100);
    await outcome(one.run(fails(down)));
    expect(await outcome(one.run(works))).toBe('fine');
  });

  it('counts every failure of fifty calls at once', async () => {
    const [one, other] = breakers({ failureThreshold: 50 });
    const calls = Array.from({ length: 49 }, (_, i) => outcome((i % 2 ? one : other).run(fails(down))));
    await Promise.all(calls);
    expect(await outcome(one.run(fails(down)))).toBe('VendorDown');
    expect(await outcome(other.run(works))).toBe('CircuitOpen');
  });
});

describe('an open circuit', () => {
  it('does not call, and says how long Temporal should wait', async () => {
    const [, other] = await opened();
    let calls = 0;
    const refusal = await other.run(async () => (calls += 1)).catch((error: unknown) => error);
    expect(calls).toBe(0);
    expect(refusal).toMatchObject({
      type: 'CircuitOpen',
      nonRetryable: false,
      details: [{ category: 'dependency' }],
    });
    const { nextRetryDelay } = refusal as { readonly nextRetryDelay: number };
    expect(nextRetryDelay).toBeGreaterThan(long - 60_000);
    expect(nextRetryDelay).toBeLessThanOrEqual(long);
  });

  it('lets exactly one of fifty calls through as a probe, over all workers', async () => {
    const [one, other] = await opened();
    await timePasses();
    let probes = 0;
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const probe = async (): Promise<string> => {
      probes += 1;
      await slow;
      return 'fine';
    };
    const calls = Array.from({ length: 50 }, (_, i) => outcome((i % 2 ? one : other).run(probe)));
    const settled: unknown[] = [];
    for (const call of calls) void call.then((each) => settled.push(each));
    await until(
      () => settled.length >= 49,
      () => `${String(settled.length)} of 49 calls settled`,
    );
    expect(settled).toEqual(Array(49).fill('CircuitOpen'));
    expect(probes).toBe(1);
    answer();
    expect((await Promise.all(calls)).filter((each) => each === 'fine')).toHaveLength(1);
    expect(await outcome(other.run(works))).toBe('fine');
  });

  it('opens again for its whole time when the probe fails', async () => {
    const [one, other] = await opened();
    await timePasses();
    expect(await outcome(one.run(fails(down)))).toBe('VendorDown');
    expect(await outcome(other.run(works))).toBe('CircuitOpen');
  });

  it('gives the turn to the next call when a probe says nothing about the dependency', async () => {
    const [one, other] = await opened();
    await timePasses();
    expect(await outcome(one.run(fails(failure('validation', 'no such part', { type: 'NoPart' }))))).toBe('NoPart');
    expect(await outcome(other.run(works))).toBe('fine');
  });

  it('lets another probe go when the worker of the first has died, and ignores what that one says later', async () => {
    const [one, other] = await opened();
    await timePasses();
    let answer: (error: Error) => void = () => undefined;
    let begun: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (begun = resolve));
    const lost = outcome(
      one.run(() => {
        begun();
        return new Promise((_, reject) => (answer = reject));
      }),
    );
    await underWay;
    expect(await outcome(other.run(works))).toBe('CircuitOpen');
    await timePasses();
    expect(await outcome(other.run(works))).toBe('fine');
    answer(down);
    expect(await lost).toBe('VendorDown');
    expect(await outcome(other.run(works))).toBe('fine');
  });

  it('is not opened again by calls that began before it was closed', async () => {
    const [one, other] = breakers({ failureThreshold: 1 });
    let answer: (error: Error) => void = () => undefined;
    let begun: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (begun = resolve));
    const late = outcome(
      one.run(() => {
        begun();
        return new Promise((_, reject) => (answer = reject));
      }),
    );
    await underWay;
    await outcome(other.run(fails(down)));
    await timePasses();
    expect(await outcome(other.run(works))).toBe('fine');
    answer(down);
    await late;
    expect(await outcome(other.run(works))).toBe('fine');
  });
});

describe('the bookkeeping of a breaker', () => {
  it('does not turn work that was done into work that failed', async () => {
    const db = new Kysely<CircuitTables>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.url }) }),
    });
    const breaker = openCircuitBreaker(db, { name: 'closing', failureThreshold: 2, openMs: long });
    await outcome(breaker.run(fails(down)));
    expect(await breaker.run(async () => db.destroy().then(works))).toBe('fine');
  });

  it.each([
    [{ failureThreshold: 0 }, /expected a failureThreshold of at least 1, got 0/],
    [{ openMs: 0 }, /expected openMs above 0, got 0/],
    [{ windowMs: NaN }, /expected windowMs above 0, got NaN/],
  ])('refuses %j', (options, message) => {
    expect(() => breakers(options)).toThrow(message);
  });
});
