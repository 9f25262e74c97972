/** Started once a run of Jest: one PostgreSQL, in which each test file has databases of its own, and a folder for bundles. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { throwAwayPostgres } from '../../../src/embedded/postgres.ts';
import { migrate, openDatabase } from '../../../src/services/database.ts';
import { migrated, shared, withName } from './shared.ts';

export async function startShared(): Promise<{ stop(): Promise<void> }> {
  const [postgres, bundles] = await Promise.all([throwAwayPostgres(), mkdtemp(join(tmpdir(), 'fermata-bundles-'))]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), rm(bundles, { recursive: true, force: true })]);
  };
  try {
    await makeTemplate(postgres.url);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env[shared.postgres] = postgres.url;
  process.env[shared.bundles] = bundles;
  return { stop };
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // Nothing in here has to survive a power cut.
  await client.query('alter system set fsync = off');
  await client.query('alter system set synchronous_commit = off');
  await client.query('select pg_reload_conf()');
  await client.query(`create database ${migrated}`);
  await client.end();
  const db = openDatabase(withName(url, migrated));
  await migrate(db).finally(() => db.destroy());
}
