/** A database with the tables of one domain only, for tests of one service. */
import { Kysely, Migrator, PostgresDialect, type Migration } from 'kysely';
import pg from 'pg';
import { testDatabase } from './postgres.ts';

export interface TestTables<Tables> {
  readonly db: Kysely<Tables>;
  stop(): Promise<void>;
}

/** Brings up a PostgreSQL of its own and runs the migrations. */
export async function testTables<Tables>(migrations: Record<string, Migration>): Promise<TestTables<Tables>> {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 10 });
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error('no tables', { cause: error });
  return {
    db,
    async stop() {
      await db.destroy();
      await database.stop();
    },
  };
}
