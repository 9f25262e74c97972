/** Activities on documents: from bytes to database rows and the search index. Every effect may be repeated safely. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { activityInfo, cancellationSignal, Context } from '@temporalio/activity';
import { invalid } from '../failures.ts';
import type { Database } from '../services/database.ts';
import * as store from '../services/document-store.ts';
import type { Reader } from '../services/documents/reader.ts';
import { judge } from '../services/documents/judge.ts';
import { kindTask, withSecondOpinion } from '../services/documents/second-opinion.ts';
import type { Extractions } from '../services/documents/text-assess.ts';
import { classifyReading } from '../services/documents/text-kind.ts';
import {
  extractDates,
  extractIdentifiers,
  extractLines,
  extractParties,
  extractTotals,
  gatherMore,
} from '../services/documents/text-invoice.ts';
import type { Mentions } from '../services/documents/text-mentions.ts';
import type {
  DocumentFields,
  DocumentFormat,
  DocumentKind,
  Extraction,
  Problem,
  Reading,
} from '../services/documents/types.ts';
import type { FileStore, StoredFile } from '../services/files.ts';
import { openClassifiers } from '../services/models/local/classifiers.ts';
import type { ModelStore } from '../services/models/local/model-store.ts';
import { predict, type Prediction } from '../services/models/training/classifier.ts';

/** A document that the client has put in the file store, or a path that the worker can read. */
export type IngestionInput = (StoredFile | { readonly path: string }) & { readonly requester?: string | undefined };

/** What reading gave, by reference: `hash` is that of the reading's JSON in the file store. */
export interface ReadingRef {
  readonly hash: string;
  readonly format: DocumentFormat;
  readonly pages: number;
}

/** What is known about a document so far. */
export interface Looked {
  readonly kind: DocumentKind;
  readonly format: DocumentFormat;
  readonly confidence: number;
  readonly fields: DocumentFields;
  readonly problems: readonly Problem[];
  readonly reviewedBy?: string;
}

export interface Draft extends Looked {
  readonly file: StoredFile;
  readonly reading: ReadingRef;
  readonly mentions: Mentions;
}

/** The groups that are extracted in parallel. */
type Extracted = Omit<Extractions, 'kind'> & { readonly freeText: Extraction<Mentions> };

export interface DocumentServices {
  readonly db: Database;
  readonly files: FileStore;
  readonly reader: Reader;
  /** Holds the classifier of document kinds, if one was trained. */
  readonly modelStore: ModelStore;
  readonly documents: { readonly maxBytes: number };
}

export type DocumentActivities = ReturnType<typeof createDocumentActivities>;

export function createDocumentActivities(services: DocumentServices) {
  const load = async (ref: ReadingRef): Promise<Reading> =>
    JSON.parse(new TextDecoder().decode(await services.files.get(ref.hash))) as Reading;
  return {
    ...reading(services),
    ...understanding(load, kindTeller(services.modelStore)),
    ...storing(services.db, load),
  };
}

type Load = (ref: ReadingRef) => Promise<Reading>;

/** From a path or an upload to what the bytes say. */
function reading({ db, files, reader, documents }: DocumentServices) {
  return {
    /** Takes the document in; if its bytes are stored already, what is known of them comes back as `stored`. */
    async receiveDocument(input: IngestionInput): Promise<{ file: StoredFile; stored: StoredResult | null }> {
      const file = 'path' in input ? await take(files, input.path, documents.maxBytes) : input;
      if (!(await files.has(file.hash))) throw invalid('FileMissing', `${file.name}: not in the file store`);
      if (file.size > documents.maxBytes) throw tooLarge(file.name, file.size, documents.maxBytes);
      const known = await store.findByHash(db, file.hash);
      return { file, stored: known?.status === 'stored' ? resultOf(known) : null };
    },

    /** Reads the bytes in a process of its own and keeps what came out in the file store. */
    async readDocument(file: StoredFile): Promise<ReadingRef> {
      const reading = await reader.read(await files.get(file.hash), file.name, cancellationSignal());
      const hash = await files.put(new TextEncoder().encode(JSON.stringify(reading)));
      return { hash, format: reading.format, pages: reading.pages };
    },
  };
}

/** Kinds are told by the first words: what comes later is alike in all of them. */
const charactersForKind = 20_000;

function kindTeller(store: ModelStore) {
  const classifiers = openClassifiers({ store });
  return async ({ sections }: Reading): Promise<Prediction | undefined> => {
    const classifier = await classifiers.serving(kindTask);
    const text = sections.map((section) => section.text).join('\n');
    return classifier && predict(classifier, text.slice(0, charactersForKind));
  };
}

/** From what the bytes say to fields, and how sure they are. */
function understanding(load: Load, tellKind: (reading: Reading) => Promise<Prediction | undefined>) {
  return {
    async classifyDocument(ref: ReadingRef): Promise<Extraction<DocumentKind>> {
      const reading = await load(ref);
      return withSecondOpinion(classifyReading(reading), () => tellKind(reading));
    },
    async extractIdentifiers(ref: ReadingRef): Promise<Extracted['identifiers']> {
      return extractIdentifiers(await load(ref));
    },
    async extractParties(ref: ReadingRef): Promise<Extracted['parties']> {
      return extractParties(await load(ref));
    },
    async extractTotals(ref: ReadingRef): Promise<Extracted['totals']> {
      return extractTotals(await load(ref));
    },
    async extractLines(ref: ReadingRef): Promise<Extracted['lines']> {
      return extractLines(await load(ref));
    },
    async extractDates(ref: ReadingRef): Promise<Extracted['dates']> {
      return extractDates(await load(ref));
    },
    async extractFreeText(ref: ReadingRef): Promise<Extracted['freeText']> {
      // Loaded with the first document: language models would take a third of the worker's start-up time.
      const { mentionsOf } = await import('../services/documents/text-mentions.ts');
      return mentionsOf(await load(ref));
    },

    /** Puts the groups together and says how sure it is of the whole. */
    async validateDocument(input: {
      file: StoredFile;
      reading: ReadingRef;
      kind: Extraction<DocumentKind>;
      extracted: Extracted;
    }): Promise<Draft> {
      const { file, reading: ref, kind } = input;
      const { freeText, ...groups } = input.extracted;
      const judged = judge(await load(ref), { kind, ...groups });
      return { file, reading: ref, kind: kind.value, format: ref.format, mentions: freeText.value, ...judged };
    },

    /** A second, slower look at a document of which too little is certain. */
    async gatherMore(draft: Draft): Promise<Draft> {
      const reading = await load(draft.reading);
      const more = gatherMore(reading);
      const judged = judge(reading, more.extractions);
      const confidence = Math.min(judged.confidence, more.confidence);
      return confidence > draft.confidence
        ? { ...draft, ...judged, kind: more.extractions.kind.value, confidence }
        : draft;
    },
  };
}

/** From fields to rows in the database and words in the search index. */
function storing(db: Database, load: Load) {
  return {
    /** Stores document and lines; `existing` when another run stored the same bytes before. */
    async storeDocument(draft: Draft): Promise<{ id: string; existing: boolean }> {
      return store.insertDocument(db, draft, activityInfo().workflowExecution?.workflowId ?? '', isRunning);
    },
    async removeDocument(file: StoredFile): Promise<void> {
      await store.deleteDocument(db, file.hash, activityInfo().workflowExecution?.workflowId ?? '');
    },
    async indexDocument(input: { id: string; draft: Draft }): Promise<void> {
      const { id, draft } = input;
      const reading = await load(draft.reading);
      const { fields } = draft;
      const title = [fields.number, fields.seller, fields.buyer, draft.file.name].filter(Boolean).join(' · ');
      const body = [...fields.lines.map((line) => line.description), ...reading.sections.map((each) => each.text)];
      await store.indexDocument(db, id, title, body.join('\n'));
    },
    async unindexDocument(id: string): Promise<void> {
      await store.unindexDocument(db, id);
    },
    async completeDocument(id: string): Promise<void> {
      await store.completeDocument(db, id);
    },
    /** Records a document as one that a person has to process. */
    async markForManual(input: { draft: Draft; reason: string }): Promise<string> {
      return store.markManual(db, input.draft, activityInfo().workflowExecution?.workflowId ?? '', input.reason);
    },
  };
}

/** What is known of a document that was stored before. */
type StoredResult = Looked & { readonly documentId: string };

function resultOf(known: store.StoredDocument): StoredResult {
  const { id, kind, format, confidence, fields, problems, reviewedBy } = known;
  return { documentId: id, kind, format, confidence, fields, problems, ...(reviewedBy === null ? {} : { reviewedBy }) };
}

async function take(files: FileStore, path: string, maxBytes: number): Promise<StoredFile> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw invalid('FileMissing', `${path}: no such file on this worker`);
  if (info.size > maxBytes) throw tooLarge(path, info.size, maxBytes);
  return { hash: await files.put(await readFile(path)), name: basename(path), size: info.size };
}

function tooLarge(name: string, size: number, maxBytes: number): Error {
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return invalid('DocumentTooLarge', `${name}: ${megabytes(size)} MB; at most ${megabytes(maxBytes)} MB are taken`);
}

async function isRunning(workflowId: string): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}
