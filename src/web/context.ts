/** What the pages stand on, and what every request carries. */
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Settings } from '../config.ts';
import type { Runs } from '../runs.ts';
import type { Database } from '../services/database.ts';
import type { Directory } from '../services/directory.ts';
import type { Reading } from '../services/documents/types.ts';
import type { FileStore } from '../services/files.ts';
import { type Html, type Notice, renderPage } from './layout.ts';
import { orOutage, Outage } from './outage.ts';
import type { User } from './session.ts';

/** The parts behind the pages. `runs` and `db` are read at every request: a server may still be on its way up. */
export interface Parts {
  /** Absent while no Temporal server answers; pages then say so. */
  readonly runs: Runs | undefined;
  /** Absent when no database is configured; pages then say so. */
  readonly db: Database | undefined;
  readonly files: FileStore;
  readonly directory: Directory;
  readonly settings: Settings;
  /** Reads what a person would see in a document; without it, documents are shown as plain text. */
  readonly read?: (content: Uint8Array, name: string) => Promise<Pick<Reading, 'sections'>>;
  /** @default silent */
  readonly log?: Pick<Logger, 'error' | 'warn'>;
  /**
   * Names this server may be called by (the Host header without port), against pages elsewhere that rebind their
   * name to this machine. `undefined`: any.
   * @default the names of the loopback interface
   */
  readonly hostNames?: readonly string[] | undefined;
}

/** Hono's environment of our routes. */
export interface Env {
  Variables: { user: User | undefined; secret: Uint8Array };
}

export type RequestContext = Context<Env>;

/** The Temporal part, or an {@link Outage}. */
export function needRuns(parts: Parts): Runs {
  if (parts.runs !== undefined) return parts.runs;
  throw new Outage('No Temporal server answers yet. This page works again as soon as one does.');
}

/** Asks the database; an {@link Outage} when there is none or it does not answer. */
export async function askDatabase<T>(parts: Parts, ask: (db: Database) => Promise<T>): Promise<T> {
  const { db } = parts;
  if (db === undefined) throw new Outage('There is no database: run `npm start`, or set DATABASE_URL.');
  const answer = await orOutage(() => ask(db));
  if ('outage' in answer) throw new Outage(answer.outage);
  return answer.value;
}

/** What {@link showPage} needs to know besides the request. */
export interface Shown {
  readonly title: string;
  readonly body: Html;
  readonly notice?: Notice | undefined;
  readonly query?: string;
  /** @default 200 */
  readonly status?: 200 | 400 | 401 | 403 | 404 | 409 | 422 | 500 | 503;
}

/** Answers with a page in our frame. */
export async function showPage(context: RequestContext, shown: Shown): Promise<Response> {
  const url = new URL(context.req.url);
  const page = await renderPage({
    title: shown.title,
    body: shown.body,
    notice: shown.notice,
    user: context.get('user'),
    path: context.req.method === 'GET' ? url.pathname + url.search : url.pathname,
    ...(shown.query === undefined ? {} : { query: shown.query }),
  });
  return context.html(page, shown.status ?? 200);
}
