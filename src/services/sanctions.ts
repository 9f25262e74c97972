/** Screening of names against the sanctions list in the database. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql, type Kysely, type Transaction } from 'kysely';
import { invalid } from '../failures.ts';
import type { SanctionTables } from './migrations/sanctions.ts';
import { nameSimilarity, nameWords } from './sanctions/names.ts';
import { readOfac, type SanctionEntry } from './sanctions/ofac.ts';

/** An entry of the list that has a name like the one asked for. */
interface SanctionMatch {
  /** The list's own number. */
  readonly entry: number;
  /** The name that is alike, as the list writes it. */
  readonly name: string;
  readonly alias: boolean;
  readonly kind: SanctionEntry['kind'];
  readonly programs: string;
  readonly remarks: string | null;
  /** How alike the names are, 0 to 1; 1 is the same words in any order. */
  readonly score: number;
}

interface ScreenOptions {
  /** Lowest score of a match. @default 0.85 */
  readonly threshold?: number;
  /** Most matches returned, best first. @default 10 */
  readonly limit?: number;
}

/** The sanctions list of a worker. */
export interface Sanctions {
  /**
   * Loads the list if its files have changed since it was last loaded, in one transaction: a screening sees the old list
   * or the new one. Safe to call from several workers at once. Fails with `SanctionsUnreadable`.
   */
  load(): Promise<{ readonly status: 'loaded' | 'unchanged'; readonly entries: number }>;
  /**
   * Entries with a name or alias like this one; loads the list first if this worker has not. A match is a reason to look,
   * no proof; an entry counts once, with the name that is most alike. Fails with `NameUnreadable` (category
   * `validation`) for a name without Latin letters: it cannot be compared, and must not pass as clear.
   */
  screen(name: string, options?: ScreenOptions): Promise<readonly SanctionMatch[]>;
}

type Db = Kysely<SanctionTables>;

const listName = 'ofac-sdn';

/** Part of the hash: a change of how names are read loads the list again. */
const readerVersion = '1';

/** Names that are compared word by word, of those that share most letters. */
const candidateCount = 200;

const shippedList = fileURLToPath(new URL('../../samples/sanctions/', import.meta.url));

/** Opens the list whose files `sdn.csv` and `alt.csv` are in a folder. @default the shipped, old snapshot */
export function openSanctions(db: Db, folder: string = shippedList): Sanctions {
  let loading: ReturnType<Sanctions['load']> | undefined;

  const load = async (): ReturnType<Sanctions['load']> => {
    const [sdn, alt] = await Promise.all(['sdn.csv', 'alt.csv'].map((name) => readFile(join(folder, name), 'latin1')));
    const hash = createHash('sha256')
      .update(`${readerVersion}\n${sdn ?? ''}\n${alt ?? ''}`)
      .digest('hex');
    return db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended('sanctions', 0))`.execute(tx);
      const known = await tx.selectFrom('sanction_lists').selectAll().where('name', '=', listName).executeTakeFirst();
      if (known?.hash === hash) return { status: 'unchanged', entries: known.entries };
      const entries = readOfac(sdn ?? '', alt ?? '');
      await replaceList(tx, hash, entries);
      return { status: 'loaded', entries: entries.length };
    });
  };

  return {
    load,
    async screen(name, { threshold = 0.85, limit = 10 } = {}) {
      const words = nameWords(name);
      if (words.length === 0) {
        throw invalid('NameUnreadable', `'${name}' has no Latin letters: write the name as in a passport`);
      }
      loading ??= load();
      await loading.catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return bestOf(await candidates(db, words), words, threshold).slice(0, limit);
    },
  };
}

async function replaceList(tx: Transaction<SanctionTables>, hash: string, entries: readonly SanctionEntry[]) {
  await tx.deleteFrom('sanction_lists').where('name', '=', listName).execute();
  await tx.insertInto('sanction_lists').values({ name: listName, hash, entries: entries.length }).execute();
  const rows = entries.flatMap(({ aliases, name: main, ...entry }) =>
    [main, ...aliases].map((name, index) => ({
      ...entry,
      list: listName,
      name,
      alias: index > 0,
      search: nameWords(name).join(' '),
    })),
  );
  await sql`insert into sanction_names (list, entry, name, alias, search, kind, programs, remarks)
    select list, entry, name, alias, search, kind, programs, remarks
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row
      (list text, entry integer, name text, alias boolean, search text, kind text, programs text, remarks text)`.execute(
    tx,
  );
}

type Candidate = Omit<SanctionMatch, 'score'> & { readonly search: string };

/** Names that share letters with the words: with all of them, or with a part of a longer name. */
async function candidates(db: Db, words: readonly string[]): Promise<readonly Candidate[]> {
  const asked = words.join(' ');
  const { rows } = await sql<Candidate>`
    select entry, name, alias, kind, programs, remarks, search from sanction_names
    where search % ${asked} or ${asked} <% search
    order by greatest(similarity(search, ${asked}), word_similarity(${asked}, search)) desc, entry, name
    limit ${candidateCount}`.execute(db);
  return rows;
}

function bestOf(found: readonly Candidate[], words: readonly string[], threshold: number): readonly SanctionMatch[] {
  const best = new Map<number, SanctionMatch>();
  for (const { search, ...candidate } of found) {
    const score = nameSimilarity(words, search.split(' '));
    if (score >= threshold && score > (best.get(candidate.entry)?.score ?? 0)) {
      best.set(candidate.entry, { ...candidate, score });
    }
  }
  return [...best.values()].sort((a, b) => b.score - a.score || a.entry - b.entry);
}
