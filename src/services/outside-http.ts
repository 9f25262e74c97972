/**
 * Fetching from the outside, for addresses that users or documents name: public addresses only, bounded in size and
 * time. Proxies are not used: behind one, the address that is connected to could not be checked.
 */
import { lookup } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/common';
import { failure, invalid } from '../failures.ts';
import { guardedLookup, hostOf, refuseLocalName, type Resolve } from './outside-http/addresses.ts';

export interface OutsideOptions {
  /** Largest body, unpacked, in bytes. @default 5 MB */
  readonly maxBytes?: number;
  /** Longest time for everything, redirects included, in milliseconds. @default 30 000 */
  readonly timeoutMs?: number;
  /** Longest silence, in milliseconds. @default 10 000 */
  readonly idleMs?: number;
  /** Sent along; not to another origin after a redirect. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Hosts that may be anywhere, for intranets: names or addresses without port. @default none */
  readonly allow?: readonly string[];
  /** @default the system's resolver */
  readonly resolve?: Resolve;
}

export interface OutsideAnswer {
  /** Where it was found, after redirects. */
  readonly url: string;
  /** 200 to 299. */
  readonly status: number;
  /** As the server says; empty if it says nothing. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

const systemResolve: Resolve = (host) => lookup(host, { all: true });
const maxRedirects = 5;
const maxDelayMs = 60 * 60_000;

/**
 * Fetches with GET. Fails with `OutsideBadUrl`, `OutsideForbidden`, `OutsideTooLarge`, `OutsideUnreadable`,
 * `OutsideRedirects`, `OutsideRefused` (validation; 4xx), `OutsideBusy` (resource; 429 and 503 with Retry-After),
 * `OutsideTimeout` (transient) or `OutsideDown` (dependency; 5xx, network). On cancellation it rejects with the
 * signal's reason.
 */
export async function fetchOutside(address: string, options: OutsideOptions = {}): Promise<OutsideAnswer> {
  const { timeoutMs = 30_000, signal } = options;
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    return await follow(checkUrl(address), { ...options, signal: either });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ApplicationFailure) throw error;
    if (limit.aborted) throw timedOut(`${address}: not done within ${timeoutMs} ms`);
    const reason = error instanceof Error ? error.message : String(error);
    throw failure('dependency', `${address} cannot be fetched: ${reason}`, { type: 'OutsideDown', cause: error });
  }
}

async function follow(start: URL, options: OutsideOptions): Promise<OutsideAnswer> {
  let url = start;
  let { headers = {} } = options;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await open(url, headers, options);
    try {
      const next = redirectOf(response, url);
      if (next === undefined) return await answerOf(response, url, options.maxBytes ?? 5 * 1024 * 1024);
      if (next.origin !== url.origin) headers = {};
      url = next;
    } finally {
      response.destroy();
    }
  }
  throw invalid('OutsideRedirects', `${start.href}: more than ${maxRedirects} redirects`);
}

function checkUrl(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid('OutsideBadUrl', `expected an http or https address, got '${address.slice(0, 200)}'`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('OutsideBadUrl', `${url.host}: an address with a user name or password is not fetched`);
  }
  return url;
}

function open(url: URL, headers: Readonly<Record<string, string>>, options: OutsideOptions): Promise<IncomingMessage> {
  const { signal, allow = [], idleMs = 10_000, resolve = systemResolve } = options;
  const isAllowed = allow.some((name) => name.trim().toLowerCase() === hostOf(url));
  if (!isAllowed) refuseLocalName(hostOf(url));
  const given = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'));
  return new Promise((done, fail) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      headers: {
        'User-Agent': 'Fermata',
        Accept: '*/*',
        'Accept-Encoding': 'gzip, deflate, br',
        ...given,
      },
      // A connection of its own: one from a pool would not pass the look-up.
      agent: false,
      lookup: guardedLookup(resolve, isAllowed),
      ...(signal === undefined ? {} : { signal }),
    });
    let response: IncomingMessage | undefined;
    request.setTimeout(idleMs, () => (response ?? request).destroy(timedOut(`${url.href}: silent for ${idleMs} ms`)));
    request.once('response', (answer) => {
      response = answer;
      done(answer);
    });
    // Stays after the response: a body that breaks off is told to whoever reads it.
    request.on('error', fail);
    request.end();
  });
}

function redirectOf(response: IncomingMessage, url: URL): URL | undefined {
  const { statusCode = 0, headers } = response;
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return undefined;
  return checkUrl(headers.location, url);
}

async function answerOf(response: IncomingMessage, url: URL, maxBytes: number): Promise<OutsideAnswer> {
  const { statusCode: status = 0, headers } = response;
  refuseStatus(status, headers['retry-after'], url);
  const tooLarge = (): Error => invalid('OutsideTooLarge', `${url.href}: larger than ${maxBytes} bytes`);
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of unpacked(response, url) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return { url: url.href, status, contentType: headers['content-type'] ?? '', body: Buffer.concat(chunks) };
}

function unpacked(response: IncomingMessage, url: URL): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === '' || encoding === 'identity') return response;
  const unpack = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  }[encoding];
  if (unpack === undefined)
    throw invalid('OutsideUnreadable', `${url.href}: packed in a way we do not know: ${encoding}`);
  const output = unpack();
  response.on('error', (error) => output.destroy(error));
  output.on('close', () => response.destroy());
  return response.pipe(output);
}

function refuseStatus(status: number, retryAfter: string | undefined, url: URL): void {
  if (status >= 200 && status < 300) return;
  const message = `${url.href} answers ${status}`;
  const details = { status };
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    const nextRetryDelay = Math.min(Number(retryAfter ?? 5) * 1000 || 5_000, maxDelayMs);
    throw failure('resource', message, { type: 'OutsideBusy', nextRetryDelay, details });
  }
  if (status >= 500 || status < 200) throw failure('dependency', message, { type: 'OutsideDown', details });
  throw invalid('OutsideRefused', message, details);
}

function timedOut(message: string): Error {
  return failure('transient', message, { type: 'OutsideTimeout' });
}
