/** Activities on advice: tools that look, and the report. Every effect has a key and may be repeated. */
import type { Database } from '../services/database.ts';
import { searchDocuments } from '../services/document-store.ts';
import type { FileStore } from '../services/files.ts';
import { renderPage } from '../services/pages.ts';
import { observe, salesBy, type Observations, type SalesBy, type SalesRow } from '../services/sales.ts';

export type { SalesBy } from '../services/sales.ts';

/** A place in a stored document. */
interface Passage {
  readonly document: string;
  readonly name: string;
  readonly kind: string;
  readonly excerpt: string;
}

/** Advice as it is kept. */
interface Advice {
  readonly question: string;
  readonly status: 'advised' | 'partial' | 'limited';
  /** 0 to 1. */
  readonly confidence: number;
  readonly text: string;
}

export interface AdviceServices {
  readonly db: Database;
  readonly files: FileStore;
}

export interface AdviceActivities {
  /** Passages of stored documents by words; misspelt names are found too. */
  searchPassages(words: string): Promise<readonly Passage[]>;
  /** Orders summed up. */
  querySales(by: SalesBy): Promise<readonly SalesRow[]>;
  /** What can be said of figures without guessing. */
  observeSales(products: readonly SalesRow[], months: readonly SalesRow[]): Promise<Observations>;
  /** Keeps advice and gives the hash of its report in the file store; once for each key. */
  recordAdvice(key: string, advice: Advice): Promise<{ readonly report: string }>;
}

const maxPassages = 8;

export function createAdviceActivities({ db, files }: AdviceServices): AdviceActivities {
  return {
    async searchPassages(words) {
      const hits = await searchDocuments(db, words, maxPassages);
      return hits.map(({ document, excerpt }) => {
        return { document: document.id, name: document.name, kind: document.kind, excerpt };
      });
    },
    querySales: (by) => salesBy(db, by),
    observeSales: async (products, months) => observe(products, months),
    async recordAdvice(key, { question, status, confidence, text }) {
      const note = `Status: ${status}. Confidence: ${confidence.toFixed(2)}.`;
      const report = await files.put(new TextEncoder().encode(await renderPage({ title: question, text, note })));
      await db
        .insertInto('advice')
        .values({ key, question, status, confidence, report })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute();
      return { report };
    },
  };
}
