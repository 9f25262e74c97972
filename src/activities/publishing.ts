/** Activities on articles: from a source to a published page. Every effect has a key and may be repeated. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { invalid } from '../failures.ts';
import * as store from '../services/article-store.ts';
import { drawCoverSvg } from '../services/cover.ts';
import type { Outline } from '../services/compose-article.ts';
import type { Database } from '../services/database.ts';
import type { Reader } from '../services/documents/reader.ts';
import type { FileStore, StoredFile } from '../services/files.ts';
import type { Models, ModelResult } from '../services/models/types.ts';
import type { fetchOutside } from '../services/outside-http.ts';
import { renderPage } from '../services/pages.ts';

/** What an article is made from: an address, a file, or a topic that stored documents speak of. */
export type ArticleSource =
  { readonly url: string } | { readonly path: string } | StoredFile | { readonly topic: string };

/** A source that was read; `text` is the hash of its plain text in the file store. */
export interface ReadSource {
  readonly text: string;
  readonly title: string;
  readonly words: number;
  /** Where it came from, for the reader of the article. */
  readonly origin: string;
}

/** An article as it is to be published. */
export interface FinishedArticle {
  readonly title: string;
  readonly text: string;
  /** Hash of the cover in the file store. */
  readonly cover: string | null;
  readonly editor: string;
  readonly origin: string;
}

export interface PublishingServices {
  readonly db: Database;
  readonly files: FileStore;
  readonly reader: Reader;
  readonly models: Models;
  readonly outside: typeof fetchOutside;
  readonly documents: { readonly maxBytes: number };
  /** Folder of the published pages. */
  readonly publishedFolder: string;
}

export interface PublishingActivities {
  /** Fetches and reads a source; `null` when no stored document speaks of the topic. */
  gatherSource(source: ArticleSource): Promise<ReadSource | null>;
  /** The text of a source, up to so many characters. */
  readSource(source: ReadSource, maxCharacters: number): Promise<string>;
  summarizeSource(source: ReadSource, maxWords: number): Promise<ModelResult<string>>;
  outlineArticle(brief: string): Promise<Outline>;
  tightenArticle(text: string, maxWords: number): Promise<string>;
  /** Draws a cover and gives its hash in the file store. */
  drawCover(title: string, motif: string): Promise<string>;
  publishArticle(key: string, article: FinishedArticle): Promise<{ readonly slug: string; readonly page: string }>;
  /** Makes the folder of pages and its index say what is published. */
  updateSite(): Promise<void>;
  /** Takes an article back; fine if it never was published. */
  unpublishArticle(key: string): Promise<void>;
}

export function createPublishingActivities(services: PublishingServices): PublishingActivities {
  const { db, files, publishedFolder } = services;
  return {
    ...gathering(services),
    ...writing(services),
    drawCover: (title, motif) => files.put(encode(drawCoverSvg(title, motif))),
    async publishArticle(key, { title, text, cover, editor, origin }) {
      const picture = cover === null ? undefined : `${store.slugOf(key, title)}.svg`;
      const note = `From: ${origin}. Edited by ${editor}.`;
      const page = await files.put(encode(await renderPage({ title, text, cover: picture, note })));
      const { slug } = await store.insertArticle(db, key, { title, lead: leadOf(text), page, cover, editor });
      return { slug, page };
    },
    updateSite: () => store.syncFolder(db, files, publishedFolder),
    async unpublishArticle(key) {
      await store.withdrawArticle(db, key);
      await store.syncFolder(db, files, publishedFolder);
    },
  };
}

/** From a source to its text. */
function gathering({ db, files, reader, outside, documents }: PublishingServices) {
  const keep = async (text: string, title: string, origin: string): Promise<ReadSource> => {
    const hash = await files.put(encode(text));
    return { text: hash, title, words: text.split(/\s+/u).filter((word) => word !== '').length, origin };
  };
  const readFrom = async (bytes: Uint8Array, name: string, origin: string): Promise<ReadSource> => {
    const { sections } = await reader.read(bytes, name, cancellationSignal());
    return keep(sections.map(({ text }) => text).join('\n\n'), titleOf(name), origin);
  };
  return {
    async gatherSource(source: ArticleSource): Promise<ReadSource | null> {
      if ('url' in source) {
        const { url, body } = await outside(source.url, { maxBytes: documents.maxBytes, signal: cancellationSignal() });
        return readFrom(body, htmlTitle(body) ?? new URL(url).pathname, url);
      }
      if ('path' in source) return readFrom(await take(source.path), basename(source.path), basename(source.path));
      if ('hash' in source) return readFrom(await files.get(source.hash), source.name, source.name);
      const found = await store.textsAbout(db, source.topic, 5);
      if (found.length === 0) return null;
      const text = found.map(({ body }) => body).join('\n\n');
      return keep(text, source.topic, found.map(({ title }) => title).join('; '));
    },
    async readSource({ text }: ReadSource, maxCharacters: number): Promise<string> {
      return decode(await files.get(text)).slice(0, maxCharacters);
    },
  };
}

function writing({ files, models }: PublishingServices) {
  return {
    async summarizeSource({ text }: ReadSource, maxWords: number): Promise<ModelResult<string>> {
      return models.summarize({ text: decode(await files.get(text)), maxWords }, { signal: cancellationSignal() });
    },
    // Loaded with the first article: the language model would take a third of the worker's start-up time.
    async outlineArticle(brief: string): Promise<Outline> {
      return (await import('../services/compose-article.ts')).outlineOf(brief);
    },
    async tightenArticle(text: string, maxWords: number): Promise<string> {
      return (await import('../services/compose-article.ts')).tighten(text, maxWords);
    },
  };
}

async function take(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw invalid('FileMissing', `${path}: no such file on this worker`);
  return readFile(path);
}

/** `inaugural-1961-kennedy.txt` as a title. */
function titleOf(name: string): string {
  const words = basename(name)
    .replace(/\.\w{1,5}$/u, '')
    .replace(/[-_]+/gu, ' ')
    .trim();
  return words === '' ? 'Untitled' : `${words.slice(0, 1).toUpperCase()}${words.slice(1, 200)}`;
}

/** What the page calls itself; the reader leaves it out. */
function htmlTitle(body: Uint8Array): string | undefined {
  const [, title] = /<title[^>]*>([^<]{1,200})<\/title>/iu.exec(decode(body.subarray(0, 20_000))) ?? [];
  return title?.replace(/[\s/]+/gu, ' ').trim();
}

function leadOf(text: string): string {
  const plain = text.replace(/^#.*$/gmu, ' ').replace(/\s+/gu, ' ').trim();
  return plain.length <= 200 ? plain : `${plain.slice(0, 200).replace(/\s\S*$/u, '')} …`;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
