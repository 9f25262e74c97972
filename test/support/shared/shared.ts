/** How the test files find what they share. */

/** Environment variables: the connection string, and the folder of the bundles. */
export const shared = { postgres: 'FERMATA_TEST_POSTGRES', bundles: 'FERMATA_TEST_BUNDLES' } as const;

/** File in that folder: a line of JSON for each exploration that has ended. */
export const explorations = 'explorations.jsonl';

/** The database that has all tables and that nobody connects to: databases are copied from it. */
export const migrated = 'migrated';

/** The connection string of another database of the same server. */
export function withName(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** What was set up for this run of the tests. */
export function sharedSetting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: tests run by \`npm run jest\``);
  return value;
}
