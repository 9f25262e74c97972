/** Versions of trained models in the database, of which at most one of each name serves. */
import { sql, type Kysely, type Transaction } from 'kysely';
import { invalid } from '../../../failures.ts';
import type { LocalModelTables } from '../../migrations/local-models.ts';

/** Whether the change was made: it is not if another version serves by now than the caller thinks. */
type Served =
  | { readonly status: 'serving'; readonly version: number | null }
  | { readonly status: 'overtaken'; readonly serving: number | null };

/** Trained models by name and version. Version `null` is the built-in model, which serves until another does. */
export interface ModelStore {
  /** Keeps a trained model as a candidate and returns its version; the same one when repeated under its key. */
  save(name: string, key: string, body: Buffer, metrics: object): Promise<number>;
  /** The version that serves now. */
  serving(name: string): Promise<number | null>;
  /** Bytes and figures of one version. Fails with `ModelUnknown`. */
  load(name: string, version: number): Promise<{ readonly body: Buffer; readonly metrics: object }>;
  /**
   * Lets a version serve instead of `instead`; that one retires. Repeated, it changes nothing. Fails with
   * `ModelUnknown`.
   */
  serve(name: string, version: number, instead: number | null): Promise<Served>;
  /** Retires a serving version and lets the one serve that it replaced. Repeated, it changes nothing. */
  rollBack(name: string, version: number): Promise<Served>;
}

type Db = Kysely<LocalModelTables>;

export function openModelStore(db: Db): ModelStore {
  return {
    save: (name, key, body, metrics) =>
      locked(db, name, async (tx) => {
        const rows = tx.selectFrom('trained_models').where('name', '=', name);
        const same = await rows.select('version').where('key', '=', key).executeTakeFirst();
        if (same) return same.version;
        const { last } = await rows
          .select(({ fn }) => fn.max<number | null>('version').as('last'))
          .executeTakeFirstOrThrow();
        const version = (last ?? 0) + 1;
        await tx
          .insertInto('trained_models')
          .values({ name, version, key, state: 'candidate', metrics, replaced: null, body })
          .execute();
        return version;
      }),
    serving: (name) => servingVersion(db, name),
    load: (name, version) => versionOf(db, name, version),
    serve: (name, version, instead) =>
      locked(db, name, async (tx) => {
        const now = await servingVersion(tx, name);
        if (now === version) return { status: 'serving', version };
        if (now !== instead) return { status: 'overtaken', serving: now };
        await versionOf(tx, name, version);
        await setState(tx, name, now, 'retired');
        await tx
          .updateTable('trained_models')
          .set({ state: 'serving', replaced: now })
          .where('name', '=', name)
          .where('version', '=', version)
          .execute();
        return { status: 'serving', version };
      }),
    rollBack: (name, version) =>
      locked(db, name, async (tx) => {
        const { replaced } = await versionOf(tx, name, version);
        const now = await servingVersion(tx, name);
        if (now === replaced) return { status: 'serving', version: now };
        if (now !== version) return { status: 'overtaken', serving: now };
        await setState(tx, name, version, 'retired');
        await setState(tx, name, replaced, 'serving');
        return { status: 'serving', version: replaced };
      }),
  };
}

/** One change of a name at a time. */
function locked<T>(db: Db, name: string, work: (tx: Transaction<LocalModelTables>) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`trained model ${name}`}, 0))`.execute(tx);
    return work(tx);
  });
}

async function versionOf(
  db: Db,
  name: string,
  version: number,
): Promise<{ readonly body: Buffer; readonly metrics: object; readonly replaced: number | null }> {
  const row = await db
    .selectFrom('trained_models')
    .select(['body', 'metrics', 'replaced'])
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst();
  if (!row) throw invalid('ModelUnknown', `there is no version ${version} of the model '${name}'`);
  return row;
}

async function servingVersion(db: Db, name: string): Promise<number | null> {
  const row = await db
    .selectFrom('trained_models')
    .select('version')
    .where('name', '=', name)
    .where('state', '=', 'serving')
    .executeTakeFirst();
  return row?.version ?? null;
}

async function setState(db: Db, name: string, version: number | null, state: 'serving' | 'retired'): Promise<void> {
  if (version === null) return;
  await db
    .updateTable('trained_models')
    .set({ state })
    .where('name', '=', name)
    .where('version', '=', version)
    .execute();
}
