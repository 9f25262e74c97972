import type { Command } from 'commander';
import { ConfigError, loadSettings } from '../config.ts';
import { Unreachable } from '../connection.ts';
import type { SearchHit } from '../services/document-store.ts';
import { table } from './format.ts';
import { show, type CommonOptions } from './terminal.ts';
import { example, positiveInteger } from './usage.ts';

interface SearchFlags extends CommonOptions {
  readonly limit: number;
}

/** `search`: ingested documents by their words. */
export function addSearch(program: Command): void {
  example(program.command('search'), ['search Lieferant GmbH', `search '"office chairs" -draft' --limit 5`])
    .description('finds ingested documents by words, names may be misspelt a little')
    .argument('<words...>', 'words, "exact phrase", or, -without')
    .option('--limit <n>', 'at most so many', positiveInteger, 20)
    .action(async (words: string[], { limit, json }: SearchFlags) => {
      const results = await find(words.join(' '), limit);
      show({ json: json === true }, { results }, results.length === 0 ? 'nothing found' : hitTable(results));
    });
}

async function find(words: string, limit: number): Promise<SearchHit[]> {
  const { databaseUrl } = loadSettings();
  if (databaseUrl === undefined) throw new ConfigError(noDatabase);
  const [{ openDatabase }, { searchDocuments }] = await Promise.all([
    import('../services/database.ts'),
    import('../services/document-store.ts'),
  ]);
  const db = openDatabase(databaseUrl, { max: 1 });
  try {
    return await searchDocuments(db, words, limit);
  } catch (error) {
    const reason = databaseReason(error);
    throw new Unreachable(
      `the database cannot be searched (${reason})\nSee that it is up (\`npm start\`, or DATABASE_URL) and that a worker ran once.`,
    );
  } finally {
    await db.destroy();
  }
}

/** What to do without a database. */
export const noDatabase = 'no database: run `npm start`, or set DATABASE_URL to a PostgreSQL database.';

/** Why the database did not answer, in a few words; node's connection errors have no message of their own. */
export function databaseReason(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === '42P01') return 'it has no tables yet';
  return typeof message === 'string' && message !== '' ? message : String(code ?? error);
}

function hitTable(hits: readonly SearchHit[]): string {
  const rows = hits.map(({ document, excerpt }) => [
    document.name,
    document.kind,
    document.fields.number ?? '',
    document.fields.seller ?? '',
    [document.fields.grandTotal ?? '', document.fields.currency ?? ''].join(' ').trim(),
    excerpt.replace(/<\/?[a-z]+>/g, '').slice(0, 60),
    document.runId,
  ]);
  return table(['document', 'kind', 'number', 'seller', 'total', 'excerpt', 'run'], rows);
}
