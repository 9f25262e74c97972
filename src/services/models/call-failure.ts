import { APICallError } from 'ai';
import { failure, invalid, type FailureOptions } from '../../failures.ts';

/** Who was asked, for the sentence that says what to do. */
export interface Asked {
  /** `openai:<model>` and its like. */
  readonly id: string;
  /** The environment variable that holds the key. */
  readonly keyVariable: string;
}

/** The failure of a request that took longer than it may. */
export function timedOut(asked: Asked): Error {
  return failure('transient', `the model '${asked.id}' did not answer in time`, { type: 'ModelTimedOut' });
}

/**
 * What to do about a request to a model that failed, as a failure of a category: a rate limit waits as long as the
 * provider says, an outage or a time-out is tried again, and what only a person can mend is not.
 */
export function callFailure(error: unknown, asked: Asked): Error {
  if (!APICallError.isInstance(error) || error.statusCode === undefined) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure('dependency', `the model '${asked.id}' cannot be reached: ${short(reason)}`, {
      type: 'ModelUnreachable',
    });
  }
  return refused(error, error.statusCode, asked);
}

function refused(error: APICallError, status: number, asked: Asked): Error {
  const { id } = asked;
  switch (status) {
    case 401:
    case 403:
      return invalid(
        'ModelKeyRefused',
        `the key for '${id}' was refused: set ${asked.keyVariable} to one that may use it`,
      );
    case 404:
      return invalid('ModelUnknown', `there is no model '${id}': check FERMATA_MODEL and FERMATA_MODEL_URL`);
    case 408:
      return timedOut(asked);
    case 429:
      return rateLimited(error, id);
  }
  if (status >= 400 && status < 500) {
    return invalid('ModelRequestRefused', `the model '${id}' refused the request: ${short(error.message)}`);
  }
  const message = `the model '${id}' is out of order (HTTP ${String(status)}): ${short(error.message)}`;
  return failure('dependency', message, { type: 'ModelOutOfOrder' });
}

function rateLimited(error: APICallError, id: string): Error {
  const delay = retryAfter(error.responseHeaders ?? {});
  const options: FailureOptions = { type: 'ModelRateLimited' };
  return failure('resource', `the model '${id}' takes no more requests for now (HTTP 429)`, {
    ...options,
    ...(delay === undefined ? {} : { nextRetryDelay: delay }),
  });
}

/** Milliseconds that the provider asks to wait: seconds or a date in `retry-after`, or its finer sibling. */
function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const fine = Number(headers['retry-after-ms']);
  if (fine > 0) return fine;
  const text = headers['retry-after'];
  if (text === undefined || text === '') return undefined;
  const wait = Number.isFinite(Number(text)) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return wait > 0 ? Math.round(wait) : undefined;
}

function short(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200);
}
