/** Started once a run of Jest: one PostgreSQL, in which each test file has databases of its own, and a folder for what is built. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { throwAwayPostgres } from '../../../src/embedded/postgres.ts';
import { migrate, openDatabase } from '../../../src/services/database.ts';
import { migrated, shared, withName } from './shared.ts';

export async function startShared(): Promise<{ stop(): Promise<void> }> {
  const [postgres, folder] = await Promise.all([throwAwayPostgres(), ownFolder()]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), rm(folder, { recursive: true, force: true })]);
  };
  try {
    await makeTemplate(postgres.url);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env[shared.postgres] = postgres.url;
  process.env[shared.bundles] = folder;
  return { stop };
}

/** Inside of the project, because what is built there finds its packages like the sources. */
async function ownFolder(): Promise<string> {
  const place = fileURLToPath(new URL('../../../.fermata/', import.meta.url));
  await mkdir(place, { recursive: true });
  return mkdtemp(join(place, 'tests-'));
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
