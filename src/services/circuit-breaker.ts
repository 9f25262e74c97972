/**
 * A circuit breaker for the whole fleet: its state is a row in the database, so that every worker sees the same. The
 * clock is the database's. All changes of state are compare-and-set on the row's version.
 */
import { sql, type Kysely } from 'kysely';
import { categoryOf, failure } from '../failures.ts';
import type { CircuitTables } from './migrations/circuits.ts';

export interface CircuitOptions {
  /** Names the dependency; breakers of the same name share their state. */
  readonly name: string;
  /** Failures in a row that open the circuit. */
  readonly failureThreshold: number;
  /** Failures in a row count together only within this time, in milliseconds. @default no limit */
  readonly windowMs?: number;
  /** How long nothing is let through once the circuit is open, in milliseconds. */
  readonly openMs: number;
  /** How long a probe is waited for, in milliseconds, in case its worker dies. @default `openMs` */
  readonly probeMs?: number;
}

export interface CircuitBreaker {
  /**
   * Does the work, or refuses it with `CircuitOpen`: category `dependency`, and a `nextRetryDelay` until the breaker
   * would let something through, so that Temporal waits instead of knocking. Work that is let through keeps its own
   * outcome, also when the breaker's own bookkeeping fails.
   *
   * Failures of the categories `transient` and `dependency` count; a success ends the row of them. Anything else, such
   * as bad input or a cancellation, says nothing about the dependency. Once the circuit has been open for `openMs`,
   * exactly one call of the whole fleet is let through as a probe: its success closes the circuit, its failure opens it
   * again. If its worker dies, another probe may go after `probeMs`.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** What a breaker needs of the database. */
type CircuitDatabase = Kysely<CircuitTables>;

/** What let a call through: the state it saw. */
interface Admission {
  readonly state: 'closed' | 'halfOpen';
  readonly version: number;
  /** Whether failures were counted when it was let through. */
  readonly failing: boolean;
}

/** Opens a breaker; its row is made at its first use. Throws `RangeError` for a threshold or time that makes no sense. */
export function openCircuitBreaker(db: CircuitDatabase, options: CircuitOptions): CircuitBreaker {
  check(options);
  return {
    async run(work) {
      const admission = await admit(db, options);
      try {
        const value = await work();
        await quietly(() => succeeded(db, options, admission));
        return value;
      } catch (error) {
        await quietly(() => failed(db, options, admission, error));
        throw error;
      }
    },
  };
}

async function admit(db: CircuitDatabase, options: CircuitOptions): Promise<Admission> {
  const seen = (await look(db, options.name)) ?? (await create(db, options.name));
  if (seen.state === 'closed') return { state: 'closed', version: seen.version, failing: seen.failures > 0 };
  if (seen.waitMs > 0) throw circuitOpen(options.name, seen.waitMs);
  const probing = await move(db, options.name, seen.version, 'halfOpen', options.probeMs ?? options.openMs);
  if (probing) return { state: 'halfOpen', version: seen.version + 1, failing: true };
  // Somebody else won the probe, and may have ended it already.
  return admit(db, options);
}

async function succeeded(db: CircuitDatabase, { name }: CircuitOptions, admission: Admission): Promise<void> {
  if (admission.state === 'halfOpen') await move(db, name, admission.version, 'closed', 0);
  else if (admission.failing) {
    await db
      .updateTable('circuits')
      .set({ failures: 0, failing_since: null })
      .where('name', '=', name)
      .where('version', '=', admission.version)
      .execute();
  }
}

async function failed(
  db: CircuitDatabase,
  options: CircuitOptions,
  admission: Admission,
  error: unknown,
): Promise<void> {
  const { name, failureThreshold, openMs } = options;
  const category = categoryOf(error);
  const counts = category === 'transient' || category === 'dependency';
  if (admission.state === 'halfOpen') {
    // A probe that says nothing about the dependency leaves its turn to the next call.
    await move(db, name, admission.version, 'open', counts ? openMs : 0);
  } else if (counts && (await countFailure(db, options, admission.version)) >= failureThreshold) {
    await move(db, name, admission.version, 'open', openMs);
  }
}

/** Counts a failure of a call that was let through in this version; gives how many there are in a row. */
async function countFailure(db: CircuitDatabase, { name, windowMs }: CircuitOptions, version: number): Promise<number> {
  const anew =
    windowMs === undefined
      ? sql<boolean>`failing_since is null`
      : sql<boolean>`(failing_since is null or failing_since < clock_timestamp() - ${ms(windowMs)})`;
  const row = await db
    .updateTable('circuits')
    .set({
      failures: sql<number>`case when ${anew} then 1 else failures + 1 end`,
      failing_since: sql<Date>`case when ${anew} then clock_timestamp() else failing_since end`,
    })
    .where('name', '=', name)
    .where('version', '=', version)
    .returning('failures')
    .executeTakeFirst();
  return row?.failures ?? 0;
}

/** Changes the state, if it is still the version that was seen; says whether it was. */
async function move(
  db: CircuitDatabase,
  name: string,
  version: number,
  state: 'closed' | 'open' | 'halfOpen',
  forMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('circuits')
    .set({
      state,
      version: version + 1,
      failures: 0,
      failing_since: null,
      until: state === 'closed' ? null : sql<Date>`clock_timestamp() + ${ms(forMs)}`,
      changed_at: sql<Date>`clock_timestamp()`,
    })
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

interface Seen {
  readonly state: 'closed' | 'open' | 'halfOpen';
  readonly version: number;
  readonly failures: number;
  /** Milliseconds until something may be let through; 0 or less when it may now. */
  readonly waitMs: number;
}

async function look(db: CircuitDatabase, name: string): Promise<Seen | undefined> {
  return db
    .selectFrom('circuits')
    .select([
      'state',
      'version',
      'failures',
      sql<number>`coalesce(ceil(extract(epoch from until - clock_timestamp()) * 1000), 0)::float8`.as('waitMs'),
    ])
    .where('name', '=', name)
    .executeTakeFirst();
}

async function create(db: CircuitDatabase, name: string): Promise<Seen> {
  await db
    .insertInto('circuits')
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return { state: 'closed', version: 1, failures: 0, waitMs: 0 };
}

function ms(value: number): ReturnType<typeof sql> {
  return sql`${value}::float8 * interval '1 millisecond'`;
}

function circuitOpen(name: string, waitMs: number): Error {
  return failure('dependency', `'${name}' failed too often; no calls for ${String(Math.ceil(waitMs / 1000))} s`, {
    type: 'CircuitOpen',
    nextRetryDelay: waitMs,
    details: { circuit: name, waitMs },
  });
}

/** The breaker's own trouble must not turn work that was done into work that failed. */
async function quietly(note: () => Promise<void>): Promise<void> {
  await note().catch(() => undefined);
}

function check({ name, failureThreshold, openMs, windowMs, probeMs }: CircuitOptions): void {
  const bad = (what: string, got: number): Error => new RangeError(`circuit '${name}': ${what}, got ${String(got)}`);
  if (!(Number.isInteger(failureThreshold) && failureThreshold >= 1)) {
    throw bad('expected a failureThreshold of at least 1', failureThreshold);
  }
  for (const [option, value] of Object.entries({ openMs, windowMs, probeMs })) {
    if (value !== undefined && !(value > 0)) throw bad(`expected ${option} above 0`, value);
  }
}
