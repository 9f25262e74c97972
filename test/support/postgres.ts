import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrated, shared, sharedSetting, withName } from './shared/shared.ts';

/** A database of its own in the run's PostgreSQL. */
export interface TestDatabase {
  /** Connection string. */
  readonly url: string;
  /** Drops it, also when somebody is still connected. */
  stop(): Promise<void>;
}

/** An empty database, or with `tables: true` one with all tables of the product. */
export async function testDatabase(options: { readonly tables?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(`create database ${name} template ${options.tables ? migrated : 'template1'}`);
  return {
    url: withName(sharedSetting(shared.postgres), name),
    stop: () => onServer(`drop database ${name} with (force)`),
  };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: sharedSetting(shared.postgres) });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
