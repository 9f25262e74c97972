/** Opens what activities stand on, once a worker; everything closes when the worker has drained. */
import { join } from 'node:path';
import type { Services } from '../activities/index.ts';
import { ConfigError, type Settings } from '../config.ts';
import { loadAnswers } from './answers.ts';
import { openCircuitBreaker, type CircuitBreaker } from './circuit-breaker.ts';
import { migrate, openDatabase, type Database } from './database.ts';
import { loadDirectory } from './directory.ts';
import { openReader } from './documents/reader.ts';
import { openEnrichment } from './enrichment.ts';
import { openFileStore } from './files.ts';
import { openMail } from './mail.ts';
import { openLocalModels } from './models/local.ts';
import { openModelStore, type ModelStore } from './models/local/model-store.ts';
import { openModels } from './models/open.ts';
import { toCents } from './money.ts';
import { fetchOutside } from './outside-http.ts';
import { openRunReader } from './run-reader.ts';
import { openSanctions, type Sanctions } from './sanctions.ts';
import { openSyncSources } from './sync-sources.ts';
import { openVendors } from './vendors.ts';

export interface OpenServices extends Services {
  /** Fetches from public addresses, and from those that the settings allow. */
  readonly outside: typeof fetchOutside;
  readonly sanctions: Sanctions;
  /** Trained versions of the local classifiers. */
  readonly modelStore: ModelStore;
  close(): Promise<void>;
}

/** Connects and migrates; throws {@link ConfigError} when there is no database to connect to. */
export async function openServices(settings: Settings): Promise<OpenServices> {
  const db = await openMigrated(settings.databaseUrl);
  const mail = await openMail({ db, ...settings.mail });
  const reader = openReader(settings.documents);
  const modelStore = openModelStore(db);
  const runReader = openRunReader(settings);
  const outside: typeof fetchOutside = (address, options) =>
    fetchOutside(address, { allow: settings.outsideAllow, ...options });
  const { importFolder: folder, syncDatabases: databases } = settings;
  const sources = openSyncSources({ db, outside, folder, databases });
  const enrichment = openEnrichment(db, outside, settings.enrichment);
  return {
    db,
    enrichment,
    mail,
    reader,
    modelStore,
    runReader,
    publicUrl: settings.publicUrl,
    directory: loadDirectory(settings.usersFile),
    answers: loadAnswers(settings.answersFile),
    documents: settings.documents,
    publishedFolder: join(settings.dataDir, 'published'),
    expenseLimitCents: toCents(settings.expenseLimit),
    invoiceLimits: {
      automaticBelow: toCents(settings.invoices.automaticBelow),
      twoFrom: toCents(settings.invoices.twoFrom),
    },
    files: openFileStore(settings),
    models: await openModels(settings.models, { db, local: () => openLocalModels({ store: modelStore }) }),
    outside,
    sources,
    sanctions: openSanctions(db),
    vendors: openVendors({ db, endpoints: settings.vendors, guard: guardVendors(db, Object.keys(settings.vendors)) }),
    async close() {
      await reader.close();
      await runReader.close();
      await mail.close();
      await enrichment.close();
      await sources.close();
      await db.destroy();
    },
  };
}

async function openMigrated(url: string | undefined): Promise<Database> {
  if (url === undefined) {
    throw new ConfigError('no database: run `npm start`, or set DATABASE_URL to a PostgreSQL database');
  }
  const db = openDatabase(url, { max: 20 });
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`the database cannot be used (${reason}); check DATABASE_URL`);
  }
}

/** A vendor that is real and down is spared by the whole fleet: five failures in a row within a minute open its circuit. */
function guardVendors(
  db: Database,
  real: readonly string[],
): <T>(vendor: string, work: () => Promise<T>) => Promise<T> {
  const breakers = new Map<string, CircuitBreaker>(
    real.map((vendor) => [
      vendor,
      openCircuitBreaker(db, { name: `vendor ${vendor}`, failureThreshold: 5, windowMs: 60_000, openMs: 30_000 }),
    ]),
  );
  return (vendor, work) => breakers.get(vendor)?.run(work) ?? work();
}
