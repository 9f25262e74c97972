/** Opens what activities stand on, once a worker; everything closes when the worker has drained. */
import type { Services } from '../activities/index.ts';
import { ConfigError, type Settings } from '../config.ts';
import { migrate, openDatabase } from './database.ts';
import { openReader } from './documents/reader.ts';
import { openFileStore } from './files.ts';
import { loadDirectory } from './directory.ts';
import { openMail } from './mail.ts';
import { toCents } from './money.ts';
import { openVendors } from './vendors.ts';

export interface OpenServices extends Services {
  close(): Promise<void>;
}

/** Connects and migrates; throws {@link ConfigError} when there is no database to connect to. */
export async function openServices(settings: Settings): Promise<OpenServices> {
  if (settings.databaseUrl === undefined) {
    throw new ConfigError('no database: run `npm start`, or set DATABASE_URL to a PostgreSQL database');
  }
  const db = openDatabase(settings.databaseUrl, { max: 20 });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`the database cannot be used (${reason}); check DATABASE_URL`);
  }
  const mail = await openMail({ db, ...settings.mail });
  const reader = openReader(settings.documents);
  return {
    db,
    mail,
    vendors: openVendors({ db, endpoints: settings.vendors }),
    directory: loadDirectory(settings.usersFile),
    expenseLimitCents: toCents(settings.expenseLimit),
    files: openFileStore(settings),
    reader,
    documents: settings.documents,
    async close() {
      await reader.close();
      await mail.close();
      await db.destroy();
    },
  };
}
