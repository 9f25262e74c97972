import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import { sanctionMigrations, type SanctionTables } from '../../src/services/migrations/sanctions.ts';
import { openSanctions, type Sanctions } from '../../src/services/sanctions.ts';
import { testDatabase } from '../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof testDatabase>>;
let db: Kysely<SanctionTables>;
let sanctions: Sanctions;

beforeAll(async () => {
  postgres = await testDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: postgres.url, max: 4 }) }) });
  const provider = { getMigrations: () => Promise.resolve(sanctionMigrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error as Error;
  sanctions = openSanctions(db);
});

afterAll(async () => {
  await db.destroy();
  await postgres.stop();
});

async function rowCount(): Promise<number> {
  const { count } = await db
    .selectFrom('sanction_names')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

describe('the sanctions list', () => {
  it('is loaded once, also when several workers load it at the same time', async () => {
    const outcomes = await Promise.all([sanctions.load(), openSanctions(db).load(), openSanctions(db).load()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['loaded', 'unchanged', 'unchanged']);
    expect(new Set(outcomes.map(({ entries }) => entries))).toEqual(new Set([7379]));
    expect(await rowCount()).toBe(7379 + 9682);
    expect(await sanctions.load()).toEqual({ status: 'unchanged', entries: 7379 });
    expect(await rowCount()).toBe(7379 + 9682);
  });

  // Number of the entry, and ways to write a name of it.
  it.each([
    [6365, 'Osama bin Laden'],
    [6365, 'BIN LADIN, Usama'],
    [6365, 'Usama Bin Muhammad Bin Awad Bin Ladin'],
    [306, 'Banco Nacional de Cuba'],
    [306, 'National Bank of Cuba'],
    [36, 'Aero Caribbean'],
    [173, 'Anglo-Caribbean Company Limited'],
  ])('finds entry %i as %s', async (entry, name) => {
    const [best] = await sanctions.screen(name);
    expect(best).toMatchObject({ entry });
    expect(best?.score).toBeGreaterThan(0.9);
  });

  it.each([
    [6365, 'Osamma bin Ladden'],
    [6365, 'Ossama Bin Làdén'],
    [21286, 'Hamzah bin Ladin'],
    [7753, 'Mladen Naletilić'],
    [7753, 'NALETILIC Mladn'],
  ])('finds entry %i although it is written %s', async (entry, name) => {
    const matches = await sanctions.screen(name);
    expect(matches.find((match) => match.entry === entry)?.score).toBeGreaterThan(0.85);
  });

  it('says which name matched, and names an entry once', async () => {
    const matches = await sanctions.screen('Osama bin Laden');
    expect(matches.filter(({ entry }) => entry === 6365)).toHaveLength(1);
    expect(matches[0]).toMatchObject({ name: 'BIN LADEN, Osama', alias: true, kind: 'individual', score: 1 });
    expect(matches[0]?.remarks).toContain('DOB 30 Jul 1957');
    expect(matches[0]?.programs).toBe('SDGT, SDT');
  });

  it.each([
    'Anna Müller',
    'Emily Johnson',
    'Thomas Schmidt',
    'Giulia Rossi',
    'Charlotte Dupont',
    'Oliver Bennett',
    'Wei Zhang Chen',
    'Acme Paper Supplies Ltd',
    'Bäckerei Huber GmbH',
    'Northwind Traders Inc',
  ])('has no match above 0.9 for %s', async (name) => {
    expect(await sanctions.screen(name, { threshold: 0.9 })).toEqual([]);
  });

  it('refuses a name that it cannot compare, instead of letting it pass', async () => {
    await expect(sanctions.screen('Владимир')).rejects.toMatchObject({ type: 'NameUnreadable' });
    await expect(sanctions.screen(' - ')).rejects.toMatchObject({ type: 'NameUnreadable' });
  });

  it('returns at most as many matches as asked for, best first', async () => {
    const matches = await sanctions.screen('bin Laden', { threshold: 0.5, limit: 3 });
    expect(matches).toHaveLength(3);
    expect([...matches].sort((a, b) => b.score - a.score)).toEqual(matches);
  });
});

describe('a changed sanctions list', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fermata-sanctions-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('replaces the one before, and an unreadable one does not', async () => {
    await writeFile(join(folder, 'sdn.csv'), '7,"ZORG, Jean-Baptiste","individual","TEST] [OTHER",-0- \n');
    await writeFile(join(folder, 'alt.csv'), '7,1,"aka","EMANUEL ZORG",-0- \n');
    const changed = openSanctions(db, folder);
    expect(await changed.load()).toEqual({ status: 'loaded', entries: 1 });
    expect(await changed.screen('Jean Baptiste Zorg')).toMatchObject([{ entry: 7, alias: false, remarks: null }]);
    expect(await changed.screen('Osama bin Laden')).toEqual([]);

    await writeFile(join(folder, 'sdn.csv'), '<html>Not found</html>\n');
    await expect(changed.load()).rejects.toMatchObject({ type: 'SanctionsUnreadable' });
    expect(await changed.screen('Emanuel Zorg')).toMatchObject([{ entry: 7, alias: true, score: 1 }]);
  });
});
