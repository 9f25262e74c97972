/** A real vendor over HTTP: POST {url}/{operation} with the body as JSON and the key as Idempotency-Key. */
import { z } from 'zod';
import { type AnyOperation, operationOf, type Vendor } from './contract.ts';
import { busy, down, isRefusal, notLetIn, refused } from './failures.ts';

/** Where a vendor is. */
export interface VendorEndpoint {
  /** Base address; operations are below it. */
  readonly url: string;
  /** Sent as bearer token. */
  readonly token?: string | undefined;
}

export interface HttpCallOptions {
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** Longest time for one answer, in milliseconds. */
  readonly timeoutMs: number;
}

const maxAnswer = 1024 * 1024;
const maxDelayMs = 60 * 60_000;
const usualDelayMs = 5_000;

const saidSchema = z.object({ type: z.string(), message: z.string(), reason: z.string() }).partial();

/**
 * Asks a vendor. 402 is the answer `declined`; 409 and 429 fail as `VendorBusy` with the delay of Retry-After, 401 and
 * 403 as `VendorLogin`, other 4xx as a refusal, 5xx and anything on the network as `VendorDown`. On cancellation the
 * request is broken off; whether it had an effect is open, and the same key asks again.
 */
export async function callHttpVendor(
  vendor: Vendor,
  operation: string,
  body: unknown,
  endpoint: VendorEndpoint,
  options: HttpCallOptions,
): Promise<unknown> {
  const schemas = operationOf(vendor, operation);
  if (schemas === undefined) throw refused(vendor, 'VendorNotFound', `there is no operation ${operation}`);
  const parsed = schemas.body.safeParse(body);
  if (!parsed.success) throw refused(vendor, 'VendorRefused', `${operation}: ${z.prettifyError(parsed.error)}`);
  const { status, text, retryAfter } = await post(vendor, operation, parsed.data, endpoint, options);
  if (status >= 200 && status < 300) return answerOf(vendor, operation, schemas, parseJson(text));
  const said = saidSchema.safeParse(parseJson(text)).data ?? {};
  const message = `${operation}: ${(said.message ?? said.reason ?? `HTTP ${status}`).slice(0, 300)}`;
  if (status === 402) return declinedOf(vendor, schemas, said.reason ?? said.message ?? 'declined', message);
  if (status === 409 || status === 429) throw busy(vendor, message, delayOf(retryAfter));
  if (status === 401 || status === 403) throw notLetIn(vendor);
  if (status === 408 || status < 400 || status >= 500) throw down(vendor, message);
  if (isRefusal(said.type)) throw refused(vendor, said.type, message);
  throw refused(vendor, usualRefusals[status] ?? 'VendorRefused', message);
}

const usualRefusals: Readonly<Record<number, 'VendorNotFound' | 'VendorUndone'>> = {
  404: 'VendorNotFound',
  410: 'VendorUndone',
};

interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

async function post(
  vendor: Vendor,
  operation: string,
  body: unknown,
  { url, token }: VendorEndpoint,
  { key, signal, timeoutMs }: HttpCallOptions,
): Promise<HttpAnswer> {
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/${operation}`, {
      method: 'POST',
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        // A header holds ASCII only.
        'Idempotency-Key': encodeURIComponent(key),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    const text = await readUpTo(maxAnswer, response);
    return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted) throw down(vendor, `${operation}: no answer within ${timeoutMs} ms`, error);
    throw down(vendor, `${operation}: ${reasonOf(error)}`, error);
  }
}

async function readUpTo(max: number, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > max) throw new Error(`the answer is larger than ${max} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What fetch means by "fetch failed" is in its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const told = cause instanceof Error ? cause : error;
  return told instanceof Error ? told.message : String(told);
}

function answerOf(vendor: Vendor, operation: string, { answer }: AnyOperation, given: unknown): unknown {
  const parsed = answer.safeParse(given);
  if (parsed.success) return parsed.data;
  throw down(vendor, `${operation}: its answer cannot be read: ${z.prettifyError(parsed.error)}`);
}

function declinedOf(vendor: Vendor, { answer }: AnyOperation, reason: string, message: string): unknown {
  const parsed = answer.safeParse({ status: 'declined', reason });
  if (parsed.success) return parsed.data;
  throw refused(vendor, 'VendorRefused', message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Retry-After in milliseconds: seconds or a date, at most an hour. */
function delayOf(retryAfter: string | null): number {
  const given = retryAfter?.trim() ?? '';
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? usualDelayMs : Math.min(Math.max(ms, 0), maxDelayMs);
}
