/** Tells "something we stand on is down" from our own mistakes, in words for the person at the page. */
import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { BadInput, Unreachable } from '../connection.ts';

/** Something that the page needs does not answer; the message says what and what to do. */
export class Outage extends Error {
  override name = 'Outage';
}

/** There is no such run, gate or document. */
export class NotFound extends Error {
  override name = 'NotFound';
}

const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENOENT']);
// Classes 08 (connection), 57 (shutting down), 53 (full), 28 (credentials); 3D000: no such database.
const postgresCodes = /^(08...|57P..|53...|28...|3D000)$/;

/** What a page says that asks a busy worker again by itself. */
export const notYetLine =
  'Not yet, trying again: Fermata is busy and has not answered. This page looks again by itself.';

/** The sentence for the page when `error` is an outage, otherwise `undefined`. */
export function outageOf(error: unknown): string | undefined {
  if (error instanceof Outage) return error.message;
  if (error instanceof Unreachable) return error.message;
  if (error instanceof ServiceError && !isNotFound(error)) {
    return 'The Temporal server does not answer. Look whether it is up, then reload this page.';
  }
  const code = codeOf(error);
  if (code === '42P01') return 'The database has no tables yet: start a worker once, it makes them.';
  if (code !== undefined && (networkCodes.has(code) || postgresCodes.test(code))) {
    return `The database does not answer (${code}). Look whether it is up, then reload this page.`;
  }
  if (error instanceof Error && /Connection terminated|timeout exceeded when trying to connect/.test(error.message)) {
    return 'The database does not answer. Look whether it is up, then reload this page.';
  }
  return undefined;
}

/** Whether `error` says that what was asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  if (error instanceof NotFound || error instanceof WorkflowNotFoundError || error instanceof BadInput) return true;
  return error instanceof ServiceError && (error.cause as { code?: unknown } | undefined)?.code === 5;
}

/** What came, or the sentence of the outage; other failures are thrown on. */
export async function orOutage<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly outage: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    const outage = outageOf(error);
    if (outage === undefined) throw error;
    return { outage };
  }
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
